-- ARGV: id, lane, job (JSON), nonce of this call, seconds to remember the id.
-- 1 when the job is stored, also when a lost reply made the client ask twice; 0 for a duplicate.
local id, lane, job, nonce, seen_seconds = unpack(ARGV)
if not redis.call('SET', seen_key(id), nonce, 'NX', 'EX', seen_seconds) then
  return redis.call('GET', seen_key(id)) == nonce and 1 or 0
end
redis.call('HSET', job_key(id), 'job', job, 'lane', lane, 'state', 'queued', 'attempt', 0)
enqueue(id, lane)
return 1
