-- Functions that read keys as they are. KEYS[1] is the root of all keys.

local ROOT = KEYS[1]

local function stream_of(key)
  local info = redis.call('XINFO', 'STREAM', key)
  local last = '0-0'
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = info[i + 1] end
  end
  local groups = {}
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', key)) do
    local known = {}
    for i = 1, #group, 2 do known[group[i]] = group[i + 1] end
    local pending = {}
    if known['pending'] > 0 then
      pending = redis.call('XPENDING', key, known['name'], '-', '+', known['pending'])
    end
    table.insert(groups, {known['name'], known['last-delivered-id'], pending})
  end
  return {redis.call('XRANGE', key, '-', '+'), last, groups}
end

-- Return {name, type, ms until it expires or -1, content}; nil for a key that is gone.
local function read(name)
  local key = ROOT .. ':' .. name
  local kind = redis.call('TYPE', key)['ok']
  if kind == 'none' then return nil end
  local content
  if kind == 'string' then
    content = {redis.call('GET', key)}
  elseif kind == 'hash' then
    content = redis.call('HGETALL', key)
  elseif kind == 'list' then
    content = redis.call('LRANGE', key, 0, -1)
  elseif kind == 'set' then
    content = redis.call('SMEMBERS', key)
  elseif kind == 'zset' then
    content = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  elseif kind == 'stream' then
    content = stream_of(key)
  end
  return {name, kind, redis.call('PTTL', key), content}
end
