-- ARGV: analysis, token, lease in ms, who (JSON). Takes the indexer's lease, or renews it. Returns ''
-- if the caller has it, else who has it (JSON).
local analysis, token, lease, who = unpack(ARGV)
local key = indexer_key(analysis)
local holder = redis.call('HGET', key, 'token')
if holder and holder ~= token then return redis.call('HGET', key, 'who') or '{}' end
redis.call('HSET', key, 'token', token, 'who', who)
redis.call('PEXPIRE', key, lease)
return ''
