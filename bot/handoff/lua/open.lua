-- ARGV: id, record (JSON), time (s), seconds to keep, owner, thread, state, then waiters (JSON).
-- 1 if it is new.
local id, record, time, seconds, owner, thread, state = unpack(ARGV)
-- First, as it needs no memory: see `bot/records/lua/record.lua`.
redis.call('ZREM', ALL, '')
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', ALL, '-inf', time - seconds, 'LIMIT', 0, 100)) do
  pcall(no_longer_open, gone)  -- a damaged old record must not stop new ones
  redis.call('DEL', handoff_key(gone), waiters_key(gone))
  redis.call('ZREM', ALL, gone)
end
if redis.call('EXISTS', of_key(id)) == 1 then return 0 end
redis.call('HSET', handoff_key(id), 'record', record, 'owner', owner, 'thread', thread, 'state', state)
redis.call('EXPIRE', handoff_key(id), seconds)
for i = 8, #ARGV do redis.call('RPUSH', waiters_key(id), ARGV[i]) end
keep(waiters_key(id), id)
point(of_key(id), id)
point(in_key(thread), id)
redis.call('ZADD', ALL, time, id)
if state == 'open' then
  local number = redis.call('INCR', COUNT)
  redis.call('ZADD', OPEN, number, id)
  sort_in(id, number, record)
end
return 1
