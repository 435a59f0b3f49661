-- ARGV: id, fence. A try that was broken off by us does not count.
local id, fence = unpack(ARGV)
local lane, outcome = release(id, fence, 'queued')
if lane then
  redis.call('HINCRBY', job_key(id), 'attempt', -1)
  add_token(lane)
end
return outcome
