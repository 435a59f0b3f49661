-- ARGV: id, fence, the position that the asker was told. Workers may take the job again.
local id, fence, place = unpack(ARGV)
if not holds(id, fence) then
  return redis.call('HGET', job_key(id), 'released') == fence and 'again' or 'lost'
end
redis.call('HDEL', job_key(id), 'fence', 'notifying')
redis.call('HSET', job_key(id), 'notified', place, 'released', fence)
wake(id, redis.call('HGET', job_key(id), 'partition'))
return 'released'
