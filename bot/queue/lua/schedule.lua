-- ARGV: schedule, slot (s), id, partition, kind, format, job (JSON), person. Returns 1, and stores the
-- job, if the slot is later than the last one. The first slot of a new schedule is only noted.
local schedule, slot, id, partition, kind, format, job, person = unpack(ARGV)
local last = tonumber(redis.call('HGET', SCHEDULES, schedule))
if last and last >= tonumber(slot) then return 0 end
redis.call('HSET', SCHEDULES, schedule, slot)
if not last then return 0 end
store(id, partition, kind, format, job, person)
return 1
