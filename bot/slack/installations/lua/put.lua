-- KEYS: the installations, their revision. ARGV: id, encrypted record.
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return redis.call('INCR', KEYS[2])
