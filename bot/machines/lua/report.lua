-- ARGV: id, state (JSON), ms after which a process that does not report is forgotten.
local id, state, patience = unpack(ARGV)
redis.call('ZADD', MACHINES, now(), id)
redis.call('HSET', STATES, id, state)
forget_silent(patience)
return ''
