-- ARGV: the beginning of names of partitions. Open jobs (JSON) of all those, each partition's in its order.
local jobs, beginning = {}, ARGV[1]
local partitions = {}
for _, partition in ipairs(redis.call('SMEMBERS', ACTIVE)) do
  if string.sub(partition, 1, #beginning) == beginning then table.insert(partitions, partition) end
end
table.sort(partitions)
for _, partition in ipairs(partitions) do
  for _, id in ipairs(redis.call('LRANGE', partition_key(partition), 0, -1)) do
    local job = redis.call('HGET', job_key(id), 'job')
    if job then table.insert(jobs, job) end
  end
end
return jobs
