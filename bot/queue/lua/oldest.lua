-- For how many ms the oldest job that no worker has is waiting; -1 when there is none.
local oldest

local function in_work(id)
  local fence, greeting = unpack(redis.call('HMGET', job_key(id), 'fence', 'greeting'))
  return fence and not greeting
end

for _, partition in ipairs(redis.call('SMEMBERS', ACTIVE)) do
  local id = redis.call('LINDEX', partition_key(partition), 0)
  if id and in_work(id) then id = redis.call('LINDEX', partition_key(partition), 1) end
  local at = id and tonumber(redis.call('HGET', job_key(id), 'at') or nil)
  if at and (not oldest or at < oldest) then oldest = at end
end
return oldest and math.max(0, now() - oldest) or -1
