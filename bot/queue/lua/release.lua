-- ARGV: id, fence. A try that was broken off by us does not count.
local id, fence = unpack(ARGV)
local partition, outcome = release(id, fence, 'queued')
if partition then
  redis.call('HINCRBY', job_key(id), 'attempt', -1)
  add_token(partition)
end
return outcome
