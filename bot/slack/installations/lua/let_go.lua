-- KEYS: a lock. ARGV: its token, milliseconds for which nobody may take it yet.
-- Returns 1; 0 if another has it.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return redis.call('DEL', KEYS[1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
