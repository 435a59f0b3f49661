-- ARGV: analysis, token. Gives the indexer's lease back.
local key = indexer_key(ARGV[1])
if redis.call('HGET', key, 'token') == ARGV[2] then redis.call('DEL', key) end
return ''
