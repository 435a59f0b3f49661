-- ARGV: analysis, token, version (JSON), entries of the history to keep. Publishes a version for all
-- machines. Returns 1; or 0 if somebody else has the lease, or has had it: then nothing has changed.
local analysis, token, version, most = unpack(ARGV)
if redis.call('HGET', indexer_key(analysis), 'token') ~= token then return 0 end
redis.call('HSET', CURRENT, analysis, version)
redis.call('XADD', PUBLISHED, 'MAXLEN', '~', most, '*', 'version', version)
return 1
