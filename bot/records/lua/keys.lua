-- What the scripts of the ledger share. KEYS[1] is the root of all keys, as in the queue.
--
--   answer:<id>    the record (JSON)
--   votes:<id>     HASH of each person's last vote (JSON)
--   place:<place>  the id of the answer that is shown there
--   answers        ZSET of ids by the time of their first record
--   totals         HASH of counts since the beginning: each status, `up`, `down`

local ROOT = KEYS[1]
local ANSWERS, TOTALS = ROOT .. ':answers', ROOT .. ':totals'

local function answer_key(id) return ROOT .. ':answer:' .. id end
local function votes_key(id) return ROOT .. ':votes:' .. id end
local function place_key(place) return ROOT .. ':place:' .. place end

-- Move one count from what was to what is; nil is nothing.
local function recount(was, is)
  if was == is then return end
  if was then redis.call('HINCRBY', TOTALS, was, -1) end
  if is then redis.call('HINCRBY', TOTALS, is, 1) end
end

-- The status of a record; nil for none, and for one that cannot be read, which is overwritten.
local function status_of(record)
  local readable, decoded = pcall(cjson.decode, record or '')
  local answer = readable and type(decoded) == 'table' and decoded.answer
  local status = type(answer) == 'table' and answer.status
  return type(status) == 'string' and status or nil
end

-- Delete a record with its votes and places; the totals stay.
local function forget(id)
  local readable, record = pcall(cjson.decode, redis.call('GET', answer_key(id)) or '{}')
  local places = readable and type(record) == 'table' and record.places
  for _, place in ipairs(type(places) == 'table' and places or {}) do
    if redis.call('GET', place_key(place)) == id then redis.call('DEL', place_key(place)) end
  end
  redis.call('DEL', answer_key(id), votes_key(id))
  redis.call('ZREM', ANSWERS, id)
end
