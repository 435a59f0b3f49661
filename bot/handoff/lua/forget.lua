-- ARGV: id, person. Takes the person out of who waits; without anybody left, deletes the handoff.
-- One who cannot be read stays, and waits.
-- 0 if the person did not wait, 1 if others still do, 2 if it is deleted.
local id, person = ARGV[1], ARGV[2]
local left, found = 0, 0
local function unpoint(key)
  if redis.call('GET', key) == id then redis.call('DEL', key) end
end
-- Return who waits, by what is kept of them; nil if that cannot be read.
local function waiter_in(text)
  local readable, waiter = pcall(cjson.decode, text)
  if not readable or type(waiter) ~= 'table' then return nil end
  return type(waiter.question_id) == 'string' and type(waiter.thread) == 'string' and waiter or nil
end
for _, text in ipairs(redis.call('LRANGE', waiters_key(id), 0, -1)) do
  local waiter = waiter_in(text)
  if waiter and waiter.person == person then
    found = 1
    redis.call('LREM', waiters_key(id), 0, text)
    -- By the first question, the handoff is found for the others.
    if waiter.question_id ~= id then unpoint(of_key(waiter.question_id)) end
    unpoint(in_key(waiter.thread))
  else
    left = left + 1
  end
end
if found == 0 or left > 0 then return found end
pcall(no_longer_open, id)  -- also of a damaged record
unpoint(of_key(id))
unpoint(in_key(redis.call('HGET', handoff_key(id), 'thread') or ''))
redis.call('DEL', handoff_key(id), waiters_key(id))
redis.call('ZREM', ALL, id)
redis.call('ZREM', ROOT .. ':handoffs_put_off', id)
return 2
