-- ARGV: earliest time (s), how many of that very time to leave out, how many to read at most.
-- A list of {time of its first record, id, record, votes...}, oldest first; {time, id} where a
-- record is gone; {} at the end.
local page = redis.call('ZRANGEBYSCORE', ANSWERS, ARGV[1], '+inf',
  'WITHSCORES', 'LIMIT', ARGV[2], ARGV[3])
local found = {}
for i = 1, #page, 2 do
  local id, time = page[i], page[i + 1]
  local record = redis.call('GET', answer_key(id))
  if record then
    found[#found + 1] = {time, id, record, unpack(redis.call('HVALS', votes_key(id)))}
  else
    found[#found + 1] = {time, id}
  end
end
return found
