-- KEYS: the installations, their revision. ARGV: id. Returns how many were removed.
local removed = redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('INCR', KEYS[2])
return removed
