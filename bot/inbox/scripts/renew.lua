-- ARGV: id, fence, lease in ms. 'held', 'cancelled' (and held), or 'lost'.
local id, fence, lease = unpack(ARGV)
if not holds(id, fence) then return 'lost' end
local token, cancelled, greeting =
  unpack(redis.call('HMGET', job_key(id), 'token', 'cancelled', 'greeting'))
if greeting then
  redis.call('HSET', job_key(id), 'greeting', now() + lease)
else
  redis.call('XCLAIM', READY, GROUP, CONSUMER, 0, token, 'IDLE', 0, 'JUSTID')
end
return cancelled and 'cancelled' or 'held'
