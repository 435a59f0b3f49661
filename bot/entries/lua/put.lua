-- KEYS[1]: the root of all keys. ARGV: id, number of versions so far, the next version (JSON), its
-- mark ('' if it is not active), its message ('' for none).
-- 1; 0, and nothing is changed, if another version came first.
--
--   entries:present        HASH of each entry's present version (JSON), by id
--   entries:versions:<id>  LIST of all its versions (JSON), oldest first
--   entries:marks          HASH of the marks of what is active, by id
--   entries:places         HASH of the ids of entries by the messages that they came from
--   entries:revision       counts the changes of all entries
local ROOT = KEYS[1] .. ':entries'
local id, before, version, mark, place = unpack(ARGV)
local versions = ROOT .. ':versions:' .. id
if redis.call('LLEN', versions) ~= tonumber(before) then return 0 end
redis.call('INCR', ROOT .. ':revision')
redis.call('RPUSH', versions, version)
redis.call('HSET', ROOT .. ':present', id, version)
if mark == '' then
  redis.call('HDEL', ROOT .. ':marks', id)
else
  redis.call('HSET', ROOT .. ':marks', id, mark)
end
if place ~= '' then redis.call('HSET', ROOT .. ':places', place, id) end
return 1
