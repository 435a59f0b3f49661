-- KEYS: a budget. ARGV: ms for which nobody may call, ms that may be taken in advance.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local left = math.max(tonumber(redis.call('GET', KEYS[1]) or 0) - now, 0)
left = math.max(left, tonumber(ARGV[1]) + tonumber(ARGV[2]))
redis.call('SET', KEYS[1], string.format('%.0f', now + left), 'PX', left)
