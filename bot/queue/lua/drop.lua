-- ARGV: id. Deletes a dead job. Returns 0 if it is not dead.
local id = ARGV[1]
local state, entry = unpack(redis.call('HMGET', job_key(id), 'state', 'dead'))
if state ~= 'dead' then return 0 end
redis.call('XDEL', DEAD, entry)
redis.call('DEL', job_key(id))
return 1
