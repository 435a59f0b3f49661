-- What the scripts of the inbox share. KEYS[1] is the root of all keys; its hash tag puts them on
-- one slot of a cluster, so that a script may name the others itself.
--
--   seen:<job>      the id was put once; holds the nonce of that put
--   job:<job>       HASH: the job, its state (queued, running, delayed, done, dead), its notes, and
--                   the fence of whoever holds it
--   mailbox:<lane>  LIST of job ids, the one in work at its head
--   active          SET of lanes with work; each has one token: in `ready`, or its turn in `delayed`
--   ready           STREAM of tokens; a token that is pending is in a worker's hands
--   delayed         ZSET of lanes by the time (ms) at which their head is tried again
--   dead            STREAM of buried jobs

local ROOT = KEYS[1]
local READY, DELAYED = ROOT .. ':ready', ROOT .. ':delayed'
local ACTIVE, DEAD = ROOT .. ':active', ROOT .. ':dead'
-- One consumer for all workers: who holds a job is told by its fence.
local GROUP, CONSUMER = 'workers', 'worker'

local function seen_key(id) return ROOT .. ':seen:' .. id end
local function job_key(id) return ROOT .. ':job:' .. id end
local function mailbox_key(lane) return ROOT .. ':mailbox:' .. lane end

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function open_stream()
  if redis.call('EXISTS', READY) == 0 then
    redis.call('XGROUP', 'CREATE', READY, GROUP, '0', 'MKSTREAM')
  end
end

local function add_token(lane)
  redis.call('XADD', READY, '*', 'lane', lane)
end

local function drop_token(token)
  redis.call('XACK', READY, GROUP, token)
  redis.call('XDEL', READY, token)
end

-- Put a job at the end of its lane.
local function enqueue(id, lane)
  open_stream()
  redis.call('RPUSH', mailbox_key(lane), id)
  if redis.call('SADD', ACTIVE, lane) == 1 then add_token(lane) end
end

-- Whether the job is in the hands of whoever shows this fence.
local function holds(id, fence)
  return redis.call('HGET', job_key(id), 'fence') == fence
end

-- Take the job out of its holder's hands. Returns the lane and "released"; for a holder that asks
-- again because the first reply was lost, "again"; for anybody else, "lost".
local function release(id, fence, state)
  local job = job_key(id)
  if not holds(id, fence) then
    return nil, redis.call('HGET', job, 'released') == fence and 'again' or 'lost'
  end
  local lane, token = unpack(redis.call('HMGET', job, 'lane', 'token'))
  drop_token(token)
  redis.call('HDEL', job, 'fence', 'token')
  redis.call('HSET', job, 'released', fence, 'state', state)
  return lane, 'released'
end

-- Take the finished head off its lane; the next one, if any, becomes ready behind other lanes.
local function advance(lane)
  redis.call('LPOP', mailbox_key(lane))
  if redis.call('LLEN', mailbox_key(lane)) > 0 then
    add_token(lane)
  else
    redis.call('SREM', ACTIVE, lane)
  end
end
