-- ARGV: id of a question. {fields and values, waiters}; {} if there is no such handoff.
local id = redis.call('GET', of_key(ARGV[1]))
local fields = id and redis.call('HGETALL', handoff_key(id)) or {}
if #fields == 0 then return {} end
return {fields, redis.call('LRANGE', waiters_key(id), 0, -1)}
