-- What the scripts of handoffs share. KEYS[1] is the root of all keys, as in the queue.
--
--   handoff:<id>         HASH: `record` (JSON, as it was opened), and what changes: owner, thread,
--                        state, reminders, answered_at, answered_by, reply, entry, declined (JSON)
--   waiters:<id>         LIST of who waits (JSON), the first asker first
--   handoff_of:<id>      id of the handoff that a question has opened or joined
--   handoff_in:<thread>  id of the newest handoff in a thread
--   handoffs             ZSET of ids by the time at which they were opened
--   handoffs_open        ZSET of the open ones, in the order of their opening
--   handoffs_put_off     ZSET of those whose owner hears of them later, by the time
--   handoffs_opened      how many were opened
--   handoffs_open_of:<reader>  HASH of the open ones whose answers the same people read, by id: the
--                        number of their opening, and `record`
--   handoffs_open_sorted exists once those that an earlier version opened are in these, too

local ROOT = KEYS[1]
local ALL, OPEN, COUNT = ROOT .. ':handoffs', ROOT .. ':handoffs_open', ROOT .. ':handoffs_opened'
local SORTED = ROOT .. ':handoffs_open_sorted'
local LATER = {open = 0, expired = 1, answered = 2, saved = 3}

local function handoff_key(id) return ROOT .. ':handoff:' .. id end
local function waiters_key(id) return ROOT .. ':waiters:' .. id end
local function of_key(id) return ROOT .. ':handoff_of:' .. id end
local function in_key(thread) return ROOT .. ':handoff_in:' .. thread end

local function state_of(id) return redis.call('HGET', handoff_key(id), 'state') end

-- Let what belongs to *id* last as long as *id* itself.
local function keep(key, id)
  local left = redis.call('TTL', handoff_key(id))
  if left > 0 then redis.call('EXPIRE', key, left) end
end

local function point(key, id)
  redis.call('SET', key, id)
  keep(key, id)
end

local function open_of_key(record)
  return ROOT .. ':handoffs_open_of:' .. cjson.decode(record).asker.id
end

-- Keep an open one where the next question of the same readers looks for it.
local function sort_in(id, number, record)
  redis.call('HSET', open_of_key(record), id, string.format('%.0f', number) .. ' ' .. record)
  keep(open_of_key(record), id)
end

-- It is not open any more; call it while its record is there.
local function no_longer_open(id)
  local record = redis.call('HGET', handoff_key(id), 'record')
  redis.call('ZREM', OPEN, id)
  if record then redis.call('HDEL', open_of_key(record), id) end
end
