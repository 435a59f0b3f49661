-- Returns how long (ms) the oldest job without a worker has waited; -1 if there is none.
local oldest

local function is_running(id)
  local fence, notifying = unpack(redis.call('HMGET', job_key(id), 'fence', 'notifying'))
  return fence and not notifying
end

for _, partition in ipairs(redis.call('SMEMBERS', ACTIVE)) do
  local id = redis.call('LINDEX', partition_key(partition), 0)
  if id and is_running(id) then id = redis.call('LINDEX', partition_key(partition), 1) end
  local at = id and tonumber(redis.call('HGET', job_key(id), 'at') or nil)
  if at and (not oldest or at < oldest) then oldest = at end
end
return oldest and math.max(0, now() - oldest) or -1
