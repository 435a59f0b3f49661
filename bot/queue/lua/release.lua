-- ARGV: id, fence. Makes the job ready again; the interrupted try does not count.
local id, fence = unpack(ARGV)
local partition, outcome = release(id, fence, 'queued')
if partition then
  redis.call('HINCRBY', job_key(id), 'attempt', -1)
  add_token(partition)
end
return outcome
