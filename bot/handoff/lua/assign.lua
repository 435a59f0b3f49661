-- ARGV: id, owner, thread, who has declined or '' 1 if it is open.
local id, owner, thread, declined = unpack(ARGV)
if state_of(id) ~= 'open' then return 0 end
if declined ~= '' then
  local known = cjson.decode(redis.call('HGET', handoff_key(id), 'declined') or '[]')
  local said = false
  for _, name in ipairs(known) do said = said or name == declined end
  if not said then table.insert(known, declined) end
  redis.call('HSET', handoff_key(id), 'declined', cjson.encode(known))
end
redis.call('HSET', handoff_key(id), 'owner', owner, 'thread', thread)
point(in_key(thread), id)
return 1
