-- KEYS[1]: a key. ARGV: its value ('' for none), its next value ('' for none).
-- 1; 0, and nothing is changed, if it has another value.
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2])
end
return 1
