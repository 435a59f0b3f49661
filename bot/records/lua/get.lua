-- ARGV: id. {record, votes...}, both JSON; {} if there is no such answer.
local id = ARGV[1]
local record = redis.call('GET', answer_key(id))
if not record then return {} end
return {record, unpack(redis.call('HVALS', votes_key(id)))}
