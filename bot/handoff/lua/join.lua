-- ARGV: id, id of the question that joins, its thread, waiter (JSON). 1 if it waits there.
local id, question, thread, waiter = unpack(ARGV)
local own = redis.call('GET', of_key(question))
if own == id then return 1 end
if state_of(id) ~= 'open' then return 0 end
-- Two of the same meaning that were opened at the same time become one.
if own then
  if own ~= question or state_of(own) ~= 'open' then return 0 end
  no_longer_open(own)
  redis.call('DEL', handoff_key(own), waiters_key(own))
  redis.call('ZREM', ALL, own)
end
redis.call('RPUSH', waiters_key(id), waiter)
keep(waiters_key(id), id)
point(of_key(question), id)
point(in_key(thread), id)
return 1
