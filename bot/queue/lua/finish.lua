-- ARGV: id, fence, seconds to remember the finished job; its texts are dropped at once.
local id, fence, keep_seconds = unpack(ARGV)
local partition, outcome = release(id, fence, 'done')
if partition then
  advance(partition)
  for _, field in ipairs(redis.call('HKEYS', job_key(id))) do
    if field == 'job' or string.sub(field, 1, 5) == 'note:' then
      redis.call('HDEL', job_key(id), field)
    end
  end
  redis.call('EXPIRE', job_key(id), keep_seconds)
end
return outcome
