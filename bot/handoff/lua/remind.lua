-- ARGV: id, number. 1 if it was not noted before.
local id, number = ARGV[1], tonumber(ARGV[2])
if state_of(id) ~= 'open' then return 0 end
local had = tonumber(redis.call('HGET', handoff_key(id), 'reminders') or '0')
if number <= had then return 0 end
redis.call('HSET', handoff_key(id), 'reminders', number)
return 1
