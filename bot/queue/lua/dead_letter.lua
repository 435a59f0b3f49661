-- ARGV: id, fence, reason, seconds to keep the dead job.
local id, fence, reason, keep_seconds = unpack(ARGV)
local partition, outcome = release(id, fence, 'dead')
if partition then
  advance(partition)
  local time = now()
  local oldest = string.format('%.0f', time - keep_seconds * 1000)
  local entry = redis.call('XADD', DEAD, 'MINID', '~', oldest, '*', 'reason', reason,
                           'job', redis.call('HGET', job_key(id), 'job'))
  redis.call('HSET', job_key(id), 'reason', reason, 'dead', entry)
  redis.call('EXPIRE', job_key(id), keep_seconds)
end
return outcome
