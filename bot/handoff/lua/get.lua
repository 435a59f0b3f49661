-- ARGV: ids of questions. For each one {fields and values, waiters}; {} if it has no handoff.
local found = {}
for _, question in ipairs(ARGV) do
  local id = redis.call('GET', of_key(question))
  local fields = id and redis.call('HGETALL', handoff_key(id)) or {}
  local waiters = #fields > 0 and redis.call('LRANGE', waiters_key(id), 0, -1)
  table.insert(found, waiters and {fields, waiters} or {})
end
return found
