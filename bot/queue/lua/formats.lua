-- Returns {kind, format, number, ms that the oldest has waited...} of the jobs that nobody holds.
local counts, ages, time = {}, {}, now()

for _, partition in ipairs(redis.call('SMEMBERS', ACTIVE)) do
  for _, id in ipairs(redis.call('LRANGE', partition_key(partition), 0, -1)) do
    local kind, format, fence, notifying, at =
      unpack(redis.call('HMGET', job_key(id), 'kind', 'format', 'fence', 'notifying', 'at'))
    if kind and (notifying or not fence) then
      local name = kind .. ' ' .. (format or 1)
      counts[name] = (counts[name] or 0) + 1
      ages[name] = math.max(ages[name] or 0, time - (tonumber(at or nil) or time))
    end
  end
end

local found = {}
for name, count in pairs(counts) do
  local kind, format = string.match(name, '^(.*) (.-)$')
  for _, word in ipairs({kind, format, count, ages[name]}) do table.insert(found, word) end
end
return found
