-- ARGV: id of readers. The open handoffs whose answers they read: {id, `number record`, ...}.
if redis.call('EXISTS', SORTED) == 0 then
  redis.call('ZREM', OPEN, '')  -- first, as it needs no memory: see `bot/records/lua/record.lua`
  local open = redis.call('ZRANGE', OPEN, 0, -1, 'WITHSCORES')
  for i = 1, #open, 2 do
    local record = redis.call('HGET', handoff_key(open[i]), 'record')
    if record then sort_in(open[i], tonumber(open[i + 1]), record) end
  end
  redis.call('SET', SORTED, 1)
end
return redis.call('HGETALL', ROOT .. ':handoffs_open_of:' .. ARGV[1])
