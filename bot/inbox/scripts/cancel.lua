-- ARGV: id. 1 if the job is open: its holder, now or next, sees it as cancelled.
local id = ARGV[1]
local state, lane = unpack(redis.call('HMGET', job_key(id), 'state', 'lane'))
if not state or state == 'done' or state == 'dead' then return 0 end
redis.call('HSET', job_key(id), 'cancelled', 1)
-- If it waits for another try, there is nothing to wait for any more.
if redis.call('LINDEX', mailbox_key(lane), 0) == id then
  redis.call('ZADD', DELAYED, 'XX', 0, lane)
end
return 1
