-- ARGV: answer id, person, verdict or '' to take it back, vote (JSON). 0 if there is no such answer.
local id, person, verdict, vote = unpack(ARGV)
local seconds = redis.call('TTL', answer_key(id))
if seconds < 0 then return 0 end
local known = redis.call('HGET', votes_key(id), person)
local readable, vote_before = pcall(cjson.decode, known or '')
local was = readable and type(vote_before) == 'table' and vote_before.verdict
recount(type(was) == 'string' and was, verdict ~= '' and verdict)
if verdict == '' then
  redis.call('HDEL', votes_key(id), person)
else
  redis.call('HSET', votes_key(id), person, vote)
  redis.call('EXPIRE', votes_key(id), seconds)
end
return 1
