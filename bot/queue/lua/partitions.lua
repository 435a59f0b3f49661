-- Functions that the scripts of the queue share. KEYS[1] is the root of all keys; its hash tag puts
-- them on one slot of a cluster, so that a script may name the others itself.
--
--   seen:<id>              the id was put, or acted on, once; holds the outcome
--   job:<id>               HASH: the job, its state (queued, running, delayed, done, dead), its
--                          notes, and the fencing token of its holder; `notifying` is the time (ms)
--                          until which the holder only tells the asker the queue position
--   partition:<partition>  LIST of job ids, the running one first
--   active                 SET of partitions with work; each has one token in `ready`, or an entry
--                          in `delayed`
--   ready                  STREAM of tokens; a worker holds the pending ones
--   delayed                ZSET of partitions by the time (ms) of the next try of their first job
--   open                   number of jobs in all partitions
--   positions_checked      exists while another process has just checked the queue positions
--   dead                   STREAM of dead-lettered jobs
--   schedules              HASH of the last slot (s) of each schedule
--
-- A full Redis (maxmemory) refuses a script's first write if that needs memory, and none after it.
-- So `put` is refused, while accepted work goes on: scripts for accepted jobs begin with a write
-- that needs no memory.

local ROOT = KEYS[1]
local READY, DELAYED = ROOT .. ':ready', ROOT .. ':delayed'
local ACTIVE, DEAD = ROOT .. ':active', ROOT .. ':dead'
local OPEN, POSITIONS_CHECKED = ROOT .. ':open', ROOT .. ':positions_checked'
local SCHEDULES = ROOT .. ':schedules'
-- One consumer for all workers: the fencing token says who holds a job.
local GROUP, CONSUMER = 'workers', 'worker'

local function seen_key(id) return ROOT .. ':seen:' .. id end
local function job_key(id) return ROOT .. ':job:' .. id end
local function partition_key(partition) return ROOT .. ':partition:' .. partition end

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function open_stream()
  if redis.call('EXISTS', READY) == 0 then
    redis.call('XGROUP', 'CREATE', READY, GROUP, '0', 'MKSTREAM')
  end
end

local function add_token(partition)
  redis.call('XADD', READY, '*', 'partition', partition)
end

local function drop_token(token)
  redis.call('XACK', READY, GROUP, token)
  redis.call('XDEL', READY, token)
end

local function last_given_out()
  local group = redis.call('XINFO', 'GROUPS', READY)[1]
  for i = 1, #group, 2 do
    if group[i] == 'last-delivered-id' then return group[i + 1] end
  end
end

-- Put a job at the end of its partition, as if new.
local function enqueue(id, partition)
  open_stream()
  redis.call('HSET', job_key(id), 'state', 'queued', 'attempt', 0, 'at', now())
  redis.call('RPUSH', partition_key(partition), id)
  redis.call('INCR', OPEN)
  if redis.call('SADD', ACTIVE, partition) == 1 then add_token(partition) end
end

-- Store a new job.
local function store(id, partition, kind, job)
  redis.call('HSET', job_key(id), 'job', job, 'partition', partition, 'kind', kind)
  enqueue(id, partition)
end

-- Whether the holder of the job has this fencing token.
local function holds(id, fence)
  return redis.call('HGET', job_key(id), 'fence') == fence
end

-- Take the job from its holder. Returns the partition and "released"; for a holder that asks again
-- because the first reply was lost, "again"; for anybody else, "lost".
local function release(id, fence, state)
  local job = job_key(id)
  if not holds(id, fence) then
    return nil, redis.call('HGET', job, 'released') == fence and 'again' or 'lost'
  end
  local partition, token = unpack(redis.call('HMGET', job, 'partition', 'token'))
  drop_token(token)
  redis.call('HDEL', job, 'fence', 'token')
  redis.call('HSET', job, 'released', fence, 'state', state)
  return partition, 'released'
end

-- Remove the finished first job of a partition; the next one becomes ready, after other partitions.
local function advance(partition)
  if redis.call('LPOP', partition_key(partition)) then redis.call('DECR', OPEN) end
  if redis.call('LLEN', partition_key(partition)) > 0 then
    add_token(partition)
  else
    redis.call('SREM', ACTIVE, partition)
  end
end

-- If the job is the first of its partition and waits for its next try, let it wait no longer.
local function wake(id, partition)
  if redis.call('LINDEX', partition_key(partition), 0) == id and redis.call('ZREM', DELAYED, partition) == 1 then
    add_token(partition)
  end
end

-- Mark an open job as cancelled for its present or next holder. Returns false if it is not open.
local function cancel(id)
  local state, partition = unpack(redis.call('HMGET', job_key(id), 'state', 'partition'))
  if not state or state == 'done' or state == 'dead' then return false end
  redis.call('PERSIST', job_key(id))
  redis.call('HSET', job_key(id), 'cancelled', 1)
  wake(id, partition)
  return true
end
