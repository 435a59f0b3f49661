-- What the scripts of handoffs share. KEYS[1] is the root of all keys, as in the queue.
--
--   handoff:<id>         HASH: `record` (JSON, as it was opened), and what changes: owner, thread,
--                        state, reminders, answered_at, answered_by, reply, entry, declined (JSON)
--   waiters:<id>         LIST of who waits (JSON), the first asker first
--   handoff_of:<id>      id of the handoff that a question has opened or joined
--   handoff_in:<thread>  id of the newest handoff in a thread
--   handoffs             ZSET of ids by the time at which they were opened
--   handoffs_open        ZSET of the open ones, in the order of their opening
--   handoffs_opened      how many were opened

local ROOT = KEYS[1]
local ALL, OPEN, COUNT = ROOT .. ':handoffs', ROOT .. ':handoffs_open', ROOT .. ':handoffs_opened'
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
