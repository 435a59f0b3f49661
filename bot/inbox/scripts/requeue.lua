-- ARGV: id. Give a dead job a fresh start at the end of its lane. 0 if it is not dead.
local id = ARGV[1]
local state, lane, entry = unpack(redis.call('HMGET', job_key(id), 'state', 'lane', 'dead'))
if state ~= 'dead' then return 0 end
redis.call('XDEL', DEAD, entry)
redis.call('HDEL', job_key(id), 'dead', 'cancelled', 'released')
redis.call('HSET', job_key(id), 'state', 'queued', 'attempt', 0)
redis.call('PERSIST', job_key(id))
enqueue(id, lane)
return 1
