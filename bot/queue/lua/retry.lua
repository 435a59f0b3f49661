-- ARGV: id, fence, ms to wait, reason, 1 if this try counts. The job stays first in its partition,
-- which waits with it.
local id, fence, delay, reason, counts = unpack(ARGV)
local partition, outcome = release(id, fence, 'delayed')
if partition then
  redis.call('HSET', job_key(id), 'reason', reason)
  if counts ~= '1' then redis.call('HINCRBY', job_key(id), 'attempt', -1) end
  redis.call('ZADD', DELAYED, now() + delay, partition)
end
return outcome
