-- ARGV: earliest time (s), how many of that very time to leave out, how many to read at most.
-- A list of {time of its first record, record, votes...}, oldest first; {time} where a record is
-- gone; {} at the end.
local page = redis.call('ZRANGEBYSCORE', ANSWERS, ARGV[1], '+inf',
  'WITHSCORES', 'LIMIT', ARGV[2], ARGV[3])
local found = {}
for i = 1, #page, 2 do
  local record = redis.call('GET', answer_key(page[i]))
  if record then
    found[#found + 1] = {page[i + 1], record, unpack(redis.call('HVALS', votes_key(page[i])))}
  else
    found[#found + 1] = {page[i + 1]}
  end
end
return found
