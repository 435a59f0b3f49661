-- ARGV: fence, lease in ms, kind of jobs, ms to wait before the first word, most to return, ms for
-- which nobody else need look.
-- Jobs whose askers should be told where they are in the line, in the caller's hands until `told`:
-- {{place, fields...}...}; place is how many jobs come first, or -1 for one that was cancelled.
local fence, lease, kind, patience, most, pause = unpack(ARGV)
if tonumber(pause) > 0 and not redis.call('SET', LOOKED, fence, 'NX', 'PX', pause) then return {} end
open_stream()
-- Who is further behind is told when the line has moved: a look must not hold up those who put.
local MOST_LOOKED_AT = 1000
local looked_at = 0
local time, found = now(), {}

-- The line is shorter by half, or has come to its end, since the asker heard of it.
local function news(place, told)
  if not told then return true end
  told = tonumber(told)
  return place < told and (place <= 1 or place * 2 <= told)
end

local function consider(id, place)
  local job = job_key(id)
  local its_kind, state, holder, greeting, cancelled, told, at =
    unpack(redis.call('HMGET', job, 'kind', 'state', 'fence', 'greeting', 'cancelled', 'told', 'at'))
  if its_kind ~= kind or state ~= 'queued' then return end
  if holder and (not greeting or tonumber(greeting) > time) then return end
  if cancelled then
    place = -1
    if told == '-1' then return end
  elseif time - at < tonumber(patience) or not news(place, told) then
    return
  end
  redis.call('HSET', job, 'fence', fence, 'greeting', time + lease)
  table.insert(found, {place, unpack(redis.call('HGETALL', job))})
end

local function walk(partition, before, first)
  local ids = redis.call('LRANGE', partition_key(partition), 0, -1)
  for i = first, #ids do
    if #found >= tonumber(most) or looked_at >= MOST_LOOKED_AT then return end
    looked_at = looked_at + 1
    consider(ids[i], before + i - 1)
  end
end

local in_line = {}
local tokens = redis.call('XRANGE', READY, '(' .. last_given_out(), '+')
for before, token in ipairs(tokens) do
  local partition = token[2][2]
  in_line[partition] = true
  walk(partition, before - 1, 1)
end
for _, partition in ipairs(redis.call('SMEMBERS', ACTIVE)) do
  if not in_line[partition] then walk(partition, 0, 2) end
end
return found
