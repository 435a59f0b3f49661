-- ARGV: id, record (JSON), status, time (s), seconds to keep, then places.
local id, record, status, time, seconds = unpack(ARGV)
-- First, as it needs no memory: a full Redis then lets the rest through, for accepted questions.
redis.call('ZREM', ANSWERS, '')
local old = redis.call('ZRANGEBYSCORE', ANSWERS, '-inf', time - seconds, 'LIMIT', 0, 100)
for _, gone in ipairs(old) do forget(gone) end
recount(status_of(redis.call('GET', answer_key(id))), status)
redis.call('SET', answer_key(id), record, 'EX', seconds)
redis.call('EXPIRE', votes_key(id), seconds)
redis.call('ZADD', ANSWERS, 'NX', time, id)
for i = 6, #ARGV do
  redis.call('SET', place_key(ARGV[i]), id, 'EX', seconds)
end
