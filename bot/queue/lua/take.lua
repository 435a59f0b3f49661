-- ARGV: fence of the new holder, lease in ms, kinds of jobs that are left to others. Returns {1, fields
-- of the job...}, or {0, last token that was seen, ms until a delayed job is due or -1}.
local fence, lease = unpack(ARGV)
local left, leaves_some = {}, #ARGV > 2
for i = 3, #ARGV do left[ARGV[i]] = true end
open_stream()

local time = now()
for _, partition in ipairs(redis.call('ZRANGEBYSCORE', DELAYED, '-inf', time, 'LIMIT', 0, 100)) do
  redis.call('ZREM', DELAYED, partition)
  add_token(partition)
end
seat_newcomers()

local function is_left(partition)
  local id = partition and redis.call('LINDEX', partition_key(partition), 0)
  local kind = id and redis.call('HGET', job_key(id), 'kind')
  return kind and left[kind]
end

-- Return a token whose holder has stopped renewing it.
local function abandoned_token()
  local most = leaves_some and 100 or 1
  for _, pending in ipairs(redis.call('XPENDING', READY, GROUP, 'IDLE', lease, '-', '+', most)) do
    local token = pending[1]
    local partition = token_partition(token)
    if not is_left(partition) then
      redis.call('XCLAIM', READY, GROUP, CONSUMER, lease, token)
      return token, partition
    end
  end
end

-- Return the first token in turn whose job is not left to others. Nobody's turn changes.
local function suitable_token()
  for _, waiting in ipairs(tokens_in_turn()) do
    local token, person = waiting[3], waiting[4]
    local partition = token_partition(token)
    if not is_left(partition) then
      redis.call('XCLAIM', READY, GROUP, CONSUMER, 0, token, 'FORCE', 'JUSTID')
      redis.call('LREM', turn_key(person), 1, token)
      if redis.call('EXISTS', turn_key(person)) == 0 then redis.call('ZREM', TURNS, person) end
      return token, partition
    end
  end
end

local function next_token()
  local token, partition = abandoned_token()
  if token then return token, partition end
  if leaves_some then return suitable_token() end
  return token_in_turn()
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
