-- ARGV: id, fence, ms to wait, reason. The job stays at the head, so its lane waits with it.
local id, fence, delay, reason = unpack(ARGV)
local lane, outcome = release(id, fence, 'delayed')
if lane then
  redis.call('HSET', job_key(id), 'reason', reason)
  redis.call('ZADD', DELAYED, now() + delay, lane)
end
return outcome
