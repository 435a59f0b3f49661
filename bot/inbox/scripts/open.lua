-- ARGV: lane. Its open jobs (JSON), in their order.
local jobs = {}
for _, id in ipairs(redis.call('LRANGE', mailbox_key(ARGV[1]), 0, -1)) do
  local job = redis.call('HGET', job_key(id), 'job')
  if job then table.insert(jobs, job) end
end
return jobs
