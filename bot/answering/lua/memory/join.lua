-- KEYS: marks of threads that the bot takes part in. ARGV: seconds to keep them.
for _, mark in ipairs(KEYS) do redis.call('SET', mark, 1, 'EX', ARGV[1]) end
