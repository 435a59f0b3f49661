-- ARGV: id, partition, kind, job (JSON), nonce of this call, seconds to remember the id, and the most
-- jobs of a partition and of the whole queue.
-- Returns 'stored', also when a lost reply made the client ask twice; 'duplicate'; or 'full'.
local id, partition, kind, job, nonce, seen_seconds, partition_limit, limit = unpack(ARGV)
local known = redis.call('GET', seen_key(id))
if known then return known == nonce and 'stored' or 'duplicate' end
if redis.call('LLEN', partition_key(partition)) >= tonumber(partition_limit) then return 'full' end
if tonumber(redis.call('GET', OPEN) or 0) >= tonumber(limit) then return 'full' end
redis.call('SET', seen_key(id), nonce, 'EX', seen_seconds)
store(id, partition, kind, job)
return 'stored'
