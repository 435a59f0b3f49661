-- ARGV: id, fence. 'held', 'cancelled' (and held), or 'lost'.
local id, fence = unpack(ARGV)
if not holds(id, fence) then return 'lost' end
local token, cancelled = unpack(redis.call('HMGET', job_key(id), 'token', 'cancelled'))
redis.call('XCLAIM', READY, GROUP, CONSUMER, 0, token, 'IDLE', 0, 'JUSTID')
return cancelled and 'cancelled' or 'held'
