-- ARGV: ms after which a process that does not report is forgotten. Returns the states of the others.
forget_silent(ARGV[1])
return redis.call('HVALS', STATES)
