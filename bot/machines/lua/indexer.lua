-- ARGV: analysis. Returns the indexer (JSON), '' when there is none now.
local key = indexer_key(ARGV[1])
return lease_holds(key) and redis.call('HGET', key, 'who') or ''
