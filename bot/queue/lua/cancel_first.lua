-- ARGV: id of the order to stop, seconds to remember it, then ids of jobs.
-- Cancels the first that is open and not cancelled yet; returns its id, or ''. An order that
-- arrives again cancels nothing more.
local order, seconds = unpack(ARGV)
local known = redis.call('GET', seen_key(order))
if known then return known end
local cancelled = ''
for i = 3, #ARGV do
  local id = ARGV[i]
  if redis.call('HEXISTS', job_key(id), 'cancelled') == 0 and cancel(id) then
    cancelled = id
    break
  end
end
redis.call('SET', seen_key(order), cancelled, 'EX', seconds)
return cancelled
