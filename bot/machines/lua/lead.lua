-- ARGV: analysis, token, lease in ms, who (JSON), 1 to renew or 0 to take, ms after which it is
-- forgotten. Takes or renews the indexer's lease. Returns '' if the caller has it, else who has it
-- (JSON). Its holder may renew it late, if nobody has taken it since.
local analysis, token, lease, who, again, kept = unpack(ARGV)
local key = indexer_key(analysis)
local holder = redis.call('HGET', key, 'token')
local theirs = holder ~= token and (again == '1' or lease_holds(key))
if theirs then return redis.call('HGET', key, 'who') or '{}' end
redis.call('HSET', key, 'token', token, 'who', who, 'until', now() + lease)
redis.call('PEXPIRE', key, kept)
return ''
