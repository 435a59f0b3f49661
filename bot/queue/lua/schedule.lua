-- ARGV: schedule, slot (s), id, partition, kind, job (JSON). 1 if the slot is due: later than the last
-- one that anybody has seen. The first sight of a schedule is no missed slot.
local schedule, slot, id, partition, kind, job = unpack(ARGV)
local last = tonumber(redis.call('HGET', SCHEDULES, schedule))
if last and last >= tonumber(slot) then return 0 end
redis.call('HSET', SCHEDULES, schedule, slot)
if not last then return 0 end
store(id, partition, kind, job)
return 1
