-- ARGV: id, partition, kind, format, job (JSON), person ('' for none), nonce of this call, seconds to
-- remember the id, and the most jobs of a partition, of the whole queue, and questions of a person.
-- Returns 'stored', also when a lost reply made the client ask twice; 'duplicate'; 'full'; or
-- 'person_full'.
local id, partition, kind, format, job, person, nonce, seen_seconds, partition_limit, limit,
  person_limit = unpack(ARGV)

-- Whether the person has as many open questions as they may. One whose keys were deleted by hand
-- does not count.
local function has_enough()
  if not COUNTED[kind] or person == '' then return false end
  local most = tonumber(person_limit)
  if redis.call('SCARD', open_key(person)) < most then return false end
  for _, open in ipairs(redis.call('SMEMBERS', open_key(person))) do
    if redis.call('EXISTS', job_key(open)) == 0 then redis.call('SREM', open_key(person), open) end
  end
  return redis.call('SCARD', open_key(person)) >= most
end

local known = redis.call('GET', seen_key(id))
if known then return known == nonce and 'stored' or 'duplicate' end
if has_enough() then return 'person_full' end
if redis.call('LLEN', partition_key(partition)) >= tonumber(partition_limit) then return 'full' end
if tonumber(redis.call('GET', OPEN) or 0) >= tonumber(limit) then return 'full' end
redis.call('SET', seen_key(id), nonce, 'EX', seen_seconds)
store(id, partition, kind, format, job, person)
return 'stored'
