-- KEYS: a budget. ARGV: ms that a call takes of it, ms that may be taken in advance, longest wait
-- in ms. Returns the ms to wait before the call; or, when that is longer, minus those, and then
-- nothing is taken. The key holds the time (ms) at which everything taken so far is paid back: the
-- generic cell rate algorithm, as of ATM traffic shaping.
local cost, burst, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local paid_back = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0)) + cost
local wait = math.max(0, math.ceil(paid_back - burst - now))
if wait > longest then return -wait end
redis.call('SET', KEYS[1], string.format('%.0f', paid_back), 'PX', math.ceil(paid_back - now))
return wait
