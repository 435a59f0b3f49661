-- KEYS: the installations, their revision.
-- ARGV: id, record that is to be there ('*' for any), next record ('' for none).
-- 1; 0, and nothing is changed, if there is no record to take away, or another one than expected.
local found = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if ARGV[2] ~= '*' and found ~= ARGV[2] then return 0 end
if not tonumber(redis.call('GET', KEYS[2]) or '0') then redis.call('DEL', KEYS[2]) end
redis.call('INCR', KEYS[2])
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  return 1
end
return redis.call('HDEL', KEYS[1], ARGV[1])
