-- What the scripts of the queue share. KEYS[1] is the root of all keys; its hash tag puts them on
-- one slot of a cluster, so that a script may name the others itself.
--
--   seen:<id>       the id was put, or acted on, once; holds what came of it
--   job:<job>       HASH: the job, its state (queued, running, delayed, done, dead), its notes, and
--                   the fence of whoever holds it; `greeting` is the time (ms) until which it is
--                   held by somebody who only tells its asker how long the line is
--   partition:<partition>  LIST of job ids, the one in work at its head
--   active          SET of partitions with work; each has one token: in `ready`, or its turn in `delayed`
--   ready           STREAM of tokens; a token that is pending is in a worker's hands
--   delayed         ZSET of partitions by the time (ms) at which their head is tried again
--   open            how many jobs are in all partitions
--   looked          is there while somebody has just looked who waits
--   dead            STREAM of dead-lettered jobs
--   schedules       HASH of the last slot (s) of each schedule
--
-- A full Redis (maxmemory) refuses a script's first write if that needs memory, and none after it.
-- So `put` is refused, while work that was accepted goes on: the scripts of the latter begin with
-- a write that needs none.

local ROOT = KEYS[1]
local READY, DELAYED = ROOT .. ':ready', ROOT .. ':delayed'
local ACTIVE, DEAD = ROOT .. ':active', ROOT .. ':dead'
local OPEN, LOOKED = ROOT .. ':open', ROOT .. ':looked'
local SCHEDULES = ROOT .. ':schedules'
-- One consumer for all workers: who holds a job is told by its fence.
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

-- Put a job at the end of its partition, as if never tried.
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

-- Whether the job is in the hands of whoever shows this fence.
local function holds(id, fence)
  return redis.call('HGET', job_key(id), 'fence') == fence
end

-- Take the job out of its holder's hands. Returns the partition and "released"; for a holder that asks
-- again because the first reply was lost, "again"; for anybody else, "lost".
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

-- Take the finished head off its partition; the next one, if any, becomes ready behind other partitions.
local function advance(partition)
  if redis.call('LPOP', partition_key(partition)) then redis.call('DECR', OPEN) end
  if redis.call('LLEN', partition_key(partition)) > 0 then
    add_token(partition)
  else
    redis.call('SREM', ACTIVE, partition)
  end
end

-- If the job is a head that waits for its time, there is nothing to wait for any more.
local function wake(id, partition)
  if redis.call('LINDEX', partition_key(partition), 0) == id and redis.call('ZREM', DELAYED, partition) == 1 then
    add_token(partition)
  end
end

-- Mark an open job, so that its holder, now or next, sees it as cancelled. False if it is not open.
local function cancel(id)
  local state, partition = unpack(redis.call('HMGET', job_key(id), 'state', 'partition'))
  if not state or state == 'done' or state == 'dead' then return false end
  redis.call('PERSIST', job_key(id))
  redis.call('HSET', job_key(id), 'cancelled', 1)
  wake(id, partition)
  return true
end
