-- ARGV: id, fence. Its holder was too slow to keep the job, but has not died of it: that try does not
-- count. A job that nobody else has taken meanwhile becomes ready.
-- Returns 'released', 'excused', or 'lost' when the try counts.
local id, fence = unpack(ARGV)
-- A job that stops a process for longer than a lease, each time, must come to an end as well.
local MOST = 6

if holds(id, fence) then
  local partition = release(id, fence, 'queued')
  redis.call('HINCRBY', job_key(id), 'attempt', -1)
  add_token(partition)
  return 'released'
end
if redis.call('HDEL', job_key(id), 'lost:' .. fence) == 0 then return 'lost' end
if redis.call('HINCRBY', job_key(id), 'excused', 1) > MOST then return 'lost' end
redis.call('HINCRBY', job_key(id), 'attempt', -1)
return 'excused'
