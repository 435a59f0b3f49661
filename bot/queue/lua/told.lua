-- ARGV: id, fence, what the asker was told. Ends the greeting; a worker may take the job again.
local id, fence, place = unpack(ARGV)
if not holds(id, fence) then
  return redis.call('HGET', job_key(id), 'released') == fence and 'again' or 'lost'
end
redis.call('HDEL', job_key(id), 'fence', 'greeting')
redis.call('HSET', job_key(id), 'told', place, 'released', fence)
wake(id, redis.call('HGET', job_key(id), 'partition'))
return 'released'
