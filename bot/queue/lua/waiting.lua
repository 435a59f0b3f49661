-- ARGV: fence, lease in ms, kind of jobs, the latest format of it that is read, ms before an asker is told for the first time, most jobs to
-- return, ms for which other processes need not check.
-- Returns {{place, fields...}...}: the jobs whose askers should be told how many jobs come first
-- (place; -1 for a cancelled job). The caller holds these jobs until `notified`.
local fence, lease, kind, latest, patience, most, pause = unpack(ARGV)
if tonumber(pause) > 0 and not redis.call('SET', POSITIONS_CHECKED, fence, 'NX', 'PX', pause) then return {} end
open_stream()
seat_newcomers()
-- Askers further behind are told later: a check must not hold up those who put jobs.
local MOST_CHECKED = 1000
local checked = 0
local time, found = now(), {}

-- Whether half as many jobs, or none but one, come first since the asker was last told; or twice as
-- many, because other people have asked whose turn comes first.
local function is_news(place, last)
  if not last then return true end
  last = tonumber(last)
  return place < last and (place <= 1 or place * 2 <= last) or place > last and place >= last * 2
end

local function consider(id, place)
  local job = job_key(id)
  local its_kind, format, state, holder, notifying, cancelled, last, at = unpack(redis.call(
    'HMGET', job, 'kind', 'format', 'state', 'fence', 'notifying', 'cancelled', 'notified', 'at'))
  if its_kind ~= kind or tonumber(format or 1) > tonumber(latest) or state ~= 'queued' then return end
  if holder and (not notifying or tonumber(notifying) > time) then return end
  if cancelled then
    place = -1
    if last == '-1' then return end
  elseif time - at < tonumber(patience) or not is_news(place, last) then
    return
  end
  redis.call('HSET', job, 'fence', fence, 'notifying', time + lease)
  table.insert(found, {place, unpack(redis.call('HGETALL', job))})
end

local function walk(partition, before, first)
  local ids = redis.call('LRANGE', partition_key(partition), 0, -1)
  for i = first, #ids do
    if #found >= tonumber(most) or checked >= MOST_CHECKED then return end
    checked = checked + 1
    consider(ids[i], before + i - 1)
  end
end

local is_ready = {}
for before, waiting in ipairs(tokens_in_turn()) do
  local partition = token_partition(waiting[3])
  if partition then
    is_ready[partition] = true
    walk(partition, before - 1, 1)
  end
end
for _, partition in ipairs(redis.call('SMEMBERS', ACTIVE)) do
  if not is_ready[partition] then walk(partition, 0, 2) end
end
return found
