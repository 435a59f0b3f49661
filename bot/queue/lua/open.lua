-- ARGV: prefix of partitions. Returns their open jobs (JSON), partition by partition, in order.
local jobs, prefix = {}, ARGV[1]
local partitions = {}
for _, partition in ipairs(redis.call('SMEMBERS', ACTIVE)) do
  if string.sub(partition, 1, #prefix) == prefix then table.insert(partitions, partition) end
end
table.sort(partitions)
for _, partition in ipairs(partitions) do
  for _, id in ipairs(redis.call('LRANGE', partition_key(partition), 0, -1)) do
    local job = redis.call('HGET', job_key(id), 'job')
    if job then table.insert(jobs, job) end
  end
end
return jobs
