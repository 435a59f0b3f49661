-- ARGV: id, then names of notes to delete. Puts a dead job at the end of its partition, as if new.
-- Returns 0 if it is not dead.
local id = ARGV[1]
local state, partition, entry = unpack(redis.call('HMGET', job_key(id), 'state', 'partition', 'dead'))
if state ~= 'dead' then return 0 end
redis.call('XDEL', DEAD, entry)
redis.call('HDEL', job_key(id), 'dead', 'reason', 'cancelled', 'released', 'notified', 'excused')
for i = 2, #ARGV do redis.call('HDEL', job_key(id), 'note:' .. ARGV[i]) end
redis.call('PERSIST', job_key(id))
enqueue(id, partition)
return 1
