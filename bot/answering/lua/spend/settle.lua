-- Replace what was set aside for a question by what it cost; without a reservation, do nothing.
-- KEYS: reservations of the day, then the totals. ARGV: question, cost ('' keeps the reservation).
local reserved = redis.call('HGET', KEYS[1], ARGV[1])
if not reserved then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
local cost = ARGV[2] == '' and tonumber(reserved) or tonumber(ARGV[2])
for i = 2, #KEYS do
  redis.call('INCRBY', KEYS[i], cost - tonumber(reserved))
end
return 1
