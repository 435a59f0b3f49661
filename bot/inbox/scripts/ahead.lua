-- ARGV: lane. How many jobs come before the lane's last one: its own, and other lanes' tokens.
open_stream()
local lane = ARGV[1]
local own = redis.call('LLEN', mailbox_key(lane))
if own == 0 then return 0 end
local waiting = redis.call('XLEN', READY) - redis.call('XPENDING', READY, GROUP)[1]
local head = redis.call('LINDEX', mailbox_key(lane), 0)
local held = redis.call('HEXISTS', job_key(head), 'fence') == 1
if not held and not redis.call('ZSCORE', DELAYED, lane) then waiting = waiting - 1 end
return own - 1 + waiting
