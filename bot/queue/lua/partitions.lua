-- Functions that the scripts of the queue share. KEYS[1] is the root of all keys; its hash tag puts
-- them on one slot of a cluster, so that a script may name the others itself.
--
--   seen:<id>              the id was put, or acted on, once; holds the outcome
--   job:<id>               HASH: the job, its kind, the format of its payload (1 where it is not
--                          noted), its state (queued, running, delayed, done, dead), its notes, and the fencing token of its holder; `notifying` is the time (ms)
--                          until which the holder only tells the asker the queue position;
--                          `lost:<fence>` names a holder that gave no sign of life in time
--   partition:<partition>  LIST of job ids, the running one first
--   active                 SET of partitions with work; each has one token in `ready`, or an entry
--                          in `delayed`
--   ready                  STREAM of tokens; a worker holds the pending ones
--   turns                  ZSET of the people with ready jobs, by their next turn
--   turn_of:<person>       LIST of the person's tokens in `ready` that nobody holds
--   turn                   HASH: `now`, the turn of the job that was taken last, and `seated`
--   turns_had              ZSET of people by their next turn, for those who have had one lately
--   open_of:<person>       SET of the ids of the person's open questions
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
local TURNS, TURN, TURNS_HAD = ROOT .. ':turns', ROOT .. ':turn', ROOT .. ':turns_had'
local SCHEDULES = ROOT .. ':schedules'
-- One consumer for all workers: the fencing token says who holds a job.
local GROUP, CONSUMER = 'workers', 'worker'

local function seen_key(id) return ROOT .. ':seen:' .. id end
local function job_key(id) return ROOT .. ':job:' .. id end
local function partition_key(partition) return ROOT .. ':partition:' .. partition end
local function turn_key(person) return ROOT .. ':turn_of:' .. person end
-- Kinds of jobs of which a person may have so many open.
local COUNTED = { question = true, workflow_step = true }
local function open_key(person) return ROOT .. ':open_of:' .. person end

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

local function last_seated()
  local group = redis.call('XINFO', 'GROUPS', READY)[1]
  for i = 1, #group, 2 do
    if group[i] == 'last-delivered-id' then return group[i + 1] end
  end
end

-- People take turns, whatever the number of their jobs. It is start-time fair queueing (Goyal, Vin
-- and Cheng, 1996) with jobs of length 1: a person's next turn is one after their last one, but
-- not before the present one, so that nobody saves up turns. Jobs of the program itself, and those
-- of earlier versions, take turns by their partition.
local TURN_MEMORY = 86400

local function token_partition(token)
  local entry = redis.call('XRANGE', READY, token, token)[1]
  return entry and entry[2][2]
end

local function person_of(partition)
  local id = redis.call('LINDEX', partition_key(partition), 0)
  local person = id and redis.call('HGET', job_key(id), 'person')
  return person and person ~= '' and person or partition
end

local function present_turn()
  local known = redis.call('HGET', TURN, 'now')
  return tonumber(known or redis.call('ZRANGE', TURNS, 0, 0, 'WITHSCORES')[2] or 0)
end

-- Give a person the turn. Of equal turns, the one that was given first comes first.
local function give_turn(person, turn)
  local seated = redis.call('HINCRBY', TURN, 'seated', 1)
  redis.call('ZADD', TURNS, math.floor(turn) + (seated % 1000000) / 1000000, person)
end

-- Sort the new tokens by person. The group's last id says which ones are not new, so that a token
-- of any earlier version is found, and no process of one takes a token twice.
local function seat_newcomers()
  redis.call('ZREMRANGEBYSCORE', TURNS_HAD, '-inf', math.floor(present_turn()))
  local last
  for _, token in ipairs(redis.call('XRANGE', READY, '(' .. last_seated(), '+')) do
    local person = person_of(token[2][2])
    redis.call('RPUSH', turn_key(person), token[1])
    if not redis.call('ZSCORE', TURNS, person) then
      local own = tonumber(redis.call('ZSCORE', TURNS_HAD, person) or 0)
      give_turn(person, math.max(present_turn(), own))
    end
    last = token[1]
  end
  if last then redis.call('XGROUP', 'SETID', READY, GROUP, last) end
end

-- Take the first token in turn, but for those of partitions that are left to others. Whose tokens are
-- all left keeps the turn.
local function token_in_turn(is_left)
  local place = 0
  local person, turn = unpack(redis.call('ZRANGE', TURNS, place, place, 'WITHSCORES'))
  while person do
    for _, token in ipairs(redis.call('LRANGE', turn_key(person), 0, -1)) do
      local partition = token_partition(token)
      if not is_left(partition) then
        local next_turn = math.floor(turn) + 1
        redis.call('LREM', turn_key(person), 1, token)
        redis.call('HSET', TURN, 'now', math.floor(turn))
        redis.call('EXPIRE', TURN, TURN_MEMORY)
        redis.call('ZADD', TURNS_HAD, next_turn, person)
        redis.call('EXPIRE', TURNS_HAD, TURN_MEMORY)
        if redis.call('EXISTS', turn_key(person)) == 1 then
          give_turn(person, next_turn)
        else
          redis.call('ZREM', TURNS, person)
        end
        -- Pending from now on, as if the group had delivered it.
        redis.call('XCLAIM', READY, GROUP, CONSUMER, 0, token, 'FORCE', 'JUSTID')
        return token, partition
      end
    end
    if redis.call('EXISTS', turn_key(person)) == 1 then
      place = place + 1
    else
      redis.call('ZREM', TURNS, person)
    end
    person, turn = unpack(redis.call('ZRANGE', TURNS, place, place, 'WITHSCORES'))
  end
end

-- Return the tokens that wait, in the order in which they will be taken.
local function tokens_in_turn()
  local found = {}
  local people = redis.call('ZRANGE', TURNS, 0, -1, 'WITHSCORES')
  for i = 1, #people, 2 do
    for later, token in ipairs(redis.call('LRANGE', turn_key(people[i]), 0, -1)) do
      table.insert(found, {math.floor(people[i + 1]) + later - 1, i, token, people[i]})
    end
  end
  table.sort(found, function(a, b)
    if a[1] ~= b[1] then return a[1] < b[1] end
    return a[2] < b[2]
  end)
  return found
end

-- Put a job at the end of its partition, as if new.
local function enqueue(id, partition)
  open_stream()
  redis.call('HSET', job_key(id), 'state', 'queued', 'attempt', 0, 'at', now())
  redis.call('RPUSH', partition_key(partition), id)
  redis.call('INCR', OPEN)
  local person, kind = unpack(redis.call('HMGET', job_key(id), 'person', 'kind'))
  if COUNTED[kind] and person and person ~= '' then redis.call('SADD', open_key(person), id) end
  if redis.call('SADD', ACTIVE, partition) == 1 then add_token(partition) end
end

-- Store a new job.
local function store(id, partition, kind, format, job, person)
  redis.call('HSET', job_key(id), 'job', job, 'partition', partition, 'kind', kind,
             'format', format, 'person', person)
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
  local id = redis.call('LPOP', partition_key(partition))
  if id then
    redis.call('DECR', OPEN)
    local person = redis.call('HGET', job_key(id), 'person')
    if person then redis.call('SREM', open_key(person), id) end
  end
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
