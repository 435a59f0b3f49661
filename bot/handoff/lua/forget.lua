-- ARGV: id, person. Takes the person out of who waits; without anybody left, deletes the handoff.
-- One who cannot be read stays, and waits.
-- 0 if the person did not wait, 1 if others still do, 2 if it is deleted.
local id, person = ARGV[1], ARGV[2]
local left, found = 0, 0
local function unpoint(key)
  if redis.call('GET', key) == id then redis.call('DEL', key) end
end
for _, text in ipairs(redis.call('LRANGE', waiters_key(id), 0, -1)) do
  local readable, waiter = pcall(cjson.decode, text)
  if readable and type(waiter) == 'table' and waiter.person == person then
    found = 1
    redis.call('LREM', waiters_key(id), 0, text)
    unpoint(of_key(tostring(waiter.question_id)))
    unpoint(in_key(tostring(waiter.thread)))
  else
    left = left + 1
  end
end
if found == 0 or left > 0 then return found end
no_longer_open(id)
unpoint(of_key(id))
unpoint(in_key(redis.call('HGET', handoff_key(id), 'thread') or ''))
redis.call('DEL', handoff_key(id), waiters_key(id))
redis.call('ZREM', ALL, id)
redis.call('ZREM', ROOT .. ':handoffs_put_off', id)
return 2
