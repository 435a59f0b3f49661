-- Returns {open jobs, running jobs, jobs that wait for their next try, dead jobs}.
open_stream()
local open = tonumber(redis.call('GET', OPEN) or 0)
local running = redis.call('XPENDING', READY, GROUP)[1]
return {open, running, redis.call('ZCARD', DELAYED), redis.call('XLEN', DEAD)}
