-- Counts something against what a person may have within a period, unless it would be too much.
-- KEYS: ZSET of `amount id` by time (ms). ARGV: id, amount, most, period (ms).
-- Returns 0 if it counts, or has counted before; else the ms after which it may.
local id, amount, most, period = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - period)
local had, used = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES'), 0
for i = 1, #had, 2 do
  local one, name = string.match(had[i], '^(%d+) (.*)$')
  if name == id then return 0 end
  used = used + tonumber(one)
end
if used + amount <= most then
  redis.call('ZADD', KEYS[1], now, string.format('%.0f', amount) .. ' ' .. id)
  redis.call('PEXPIRE', KEYS[1], period)
  return 0
end
for i = 1, #had, 2 do
  used = used - tonumber(string.match(had[i], '^(%d+) '))
  if used + amount <= most then return math.max(1, had[i + 1] + period - now) end
end
return period
