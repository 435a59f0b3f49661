-- ARGV: fence of the new holder, lease in ms.
-- {1, fields of the job...}, or {0, last token given out, ms until a delayed job is due or -1}.
local fence, lease = unpack(ARGV)
open_stream()

local time = now()
for _, lane in ipairs(redis.call('ZRANGEBYSCORE', DELAYED, '-inf', time, 'LIMIT', 0, 100)) do
  redis.call('ZREM', DELAYED, lane)
  add_token(lane)
end

-- A token whose holder has stopped renewing it.
local function abandoned_token()
  local pending = redis.call('XPENDING', READY, GROUP, 'IDLE', lease, '-', '+', 1)[1]
  if not pending then return nil end
  local token = pending[1]
  redis.call('XCLAIM', READY, GROUP, CONSUMER, lease, token)
  local entry = redis.call('XRANGE', READY, token, token)[1]
  return token, entry and entry[2][2]
end

local function new_token()
  local reply = redis.call('XREADGROUP', 'GROUP', GROUP, CONSUMER, 'COUNT', 1,
                           'STREAMS', READY, '>')
  if not reply then return nil end
  local entry = reply[1][2][1]
  return entry[1], entry[2][2]
end

local function next_token()
  local token, lane = abandoned_token()
  if token then return token, lane end
  return new_token()
end

local token, lane = next_token()
while token do
  local id = lane and redis.call('LINDEX', mailbox_key(lane), 0)
  if id and redis.call('EXISTS', job_key(id)) == 1 then
    redis.call('HSET', job_key(id), 'fence', fence, 'token', token, 'state', 'running')
    redis.call('HINCRBY', job_key(id), 'attempt', 1)
    return {1, unpack(redis.call('HGETALL', job_key(id)))}
  end
  -- Keys that somebody deleted by hand must not stop the lane.
  drop_token(token)
  if lane then advance(lane) end
  token, lane = next_token()
end

local last = '0-0'
local group = redis.call('XINFO', 'GROUPS', READY)[1]
for i = 1, #group, 2 do
  if group[i] == 'last-delivered-id' then last = group[i + 1] end
end
local due = redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
return {0, last, due and math.max(0, due - time) or -1}
