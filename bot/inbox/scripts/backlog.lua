-- {open jobs, jobs in work, jobs that wait for their next try, dead jobs}
open_stream()
local open = 0
for _, lane in ipairs(redis.call('SMEMBERS', ACTIVE)) do
  open = open + redis.call('LLEN', mailbox_key(lane))
end
local running = redis.call('XPENDING', READY, GROUP)[1]
return {open, running, redis.call('ZCARD', DELAYED), redis.call('XLEN', DEAD)}
