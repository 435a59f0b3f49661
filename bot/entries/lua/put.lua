-- KEYS[1]: the root of the entries' keys. ARGV: id, present version (JSON, '' for none), the next
-- version (JSON), its mark ('' if it is not active), its message ('' for none).
-- 1; 0, and nothing is changed, if another version came first.
--
--   present        HASH of each entry's present version (JSON), by id
--   versions:<id>  LIST of all its versions (JSON), oldest first
--   marks          HASH of the marks of what is active, by id
--   places         HASH of the ids of entries by the messages that they came from
--   revision       counts the changes of all entries
local ENTRIES = KEYS[1]
local id, before, version, mark, place = unpack(ARGV)
if (redis.call('HGET', ENTRIES .. ':present', id) or '') ~= before then return 0 end
redis.call('INCR', ENTRIES .. ':revision')
redis.call('RPUSH', ENTRIES .. ':versions:' .. id, version)
redis.call('HSET', ENTRIES .. ':present', id, version)
if mark == '' then
  redis.call('HDEL', ENTRIES .. ':marks', id)
else
  redis.call('HSET', ENTRIES .. ':marks', id, mark)
end
if place ~= '' then redis.call('HSET', ENTRIES .. ':places', place, id) end
return 1
