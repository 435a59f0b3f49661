-- ARGV: the beginning of names of lanes. Open jobs (JSON) of all those, each lane's in its order.
local jobs, beginning = {}, ARGV[1]
local lanes = {}
for _, lane in ipairs(redis.call('SMEMBERS', ACTIVE)) do
  if string.sub(lane, 1, #beginning) == beginning then table.insert(lanes, lane) end
end
table.sort(lanes)
for _, lane in ipairs(lanes) do
  for _, id in ipairs(redis.call('LRANGE', mailbox_key(lane), 0, -1)) do
    local job = redis.call('HGET', job_key(id), 'job')
    if job then table.insert(jobs, job) end
  end
end
return jobs
