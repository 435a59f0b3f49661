-- ARGV: fence of the new holder, lease in ms, then each kind of jobs that it takes with the latest
-- format that it reads. Returns {1, fields of the job...}, or {0, last token that was seen, ms until a
-- delayed job is due or -1}.
local fence, lease = unpack(ARGV)
local takes = {}
for i = 3, #ARGV, 2 do takes[ARGV[i]] = tonumber(ARGV[i + 1]) end
open_stream()

local time = now()
for _, partition in ipairs(redis.call('ZRANGEBYSCORE', DELAYED, '-inf', time, 'LIMIT', 0, 100)) do
  redis.call('ZREM', DELAYED, partition)
  add_token(partition)
end
seat_newcomers()

-- Whether the first job of the partition is for others: of a kind, or in a format, that the caller
-- does not take.
local function is_left(partition)
  local id = partition and redis.call('LINDEX', partition_key(partition), 0)
  local kind, format = unpack(id and redis.call('HMGET', job_key(id), 'kind', 'format') or {})
  return kind and tonumber(format or 1) > (takes[kind] or 0)
end

-- Take a token whose holder has stopped renewing it.
local function abandoned_token()
  local PAGE, first = 100, '-'
  repeat
    local page = redis.call('XPENDING', READY, GROUP, 'IDLE', lease, first, '+', PAGE)
    for _, pending in ipairs(page) do
      local token = pending[1]
      local partition = token_partition(token)
      if not is_left(partition) then
        redis.call('XCLAIM', READY, GROUP, CONSUMER, lease, token)
        return token, partition
      end
      first = '(' .. token
    end
  until #page < PAGE
end

local function next_token()
  local token, partition = abandoned_token()
  if token then return token, partition end
  return token_in_turn(is_left)
end

local token, partition = next_token()
while token do
  local id = partition and redis.call('LINDEX', partition_key(partition), 0)
  local notifying = id and tonumber(redis.call('HGET', job_key(id), 'notifying') or 0)
  if id and notifying > time then
    -- Its asker is being told the position: that must not overlap with the first sign of the work.
    drop_token(token)
    redis.call('ZADD', DELAYED, notifying, partition)
  elseif id and redis.call('EXISTS', job_key(id)) == 1 then
    local holder = redis.call('HGET', job_key(id), 'fence')
    if holder and redis.call('HDEL', job_key(id), 'notifying') == 0 then
      redis.call('HSET', job_key(id), 'lost:' .. holder, 1)
    end
    redis.call('HSET', job_key(id), 'fence', fence, 'token', token, 'state', 'running')
    redis.call('HINCRBY', job_key(id), 'attempt', 1)
    return {1, unpack(redis.call('HGETALL', job_key(id)))}
  else
    -- Keys that somebody has deleted by hand must not block the partition.
    drop_token(token)
    if partition then
      advance(partition)
      seat_newcomers()
    end
  end
  token, partition = next_token()
end

local due = redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
return {0, last_seated(), due and math.max(0, due - time) or -1}
