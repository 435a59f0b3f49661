-- KEYS: a hash. ARGV: a field, the value that it must have ("" for none), its next value.
-- Returns 1 if the next value was written.
local present = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if present ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
