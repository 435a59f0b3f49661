-- ARGV: id, fence, seconds to keep the finished job.
local id, fence, keep_seconds = unpack(ARGV)
local lane, outcome = release(id, fence, 'done')
if lane then
  advance(lane)
  redis.call('EXPIRE', job_key(id), keep_seconds)
end
return outcome
