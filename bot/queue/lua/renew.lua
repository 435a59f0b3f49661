-- ARGV: id and fence of one job after another, then the lease in ms. Returns one word for each job,
-- in order, separated by spaces: 'held', 'cancelled' (and held), 'lost', or 'refused' (Redis is
-- full; the other jobs are renewed all the same).
local lease = ARGV[#ARGV]

local function renew(id, fence)
  if not holds(id, fence) then return 'lost' end
  local token, cancelled, notifying =
    unpack(redis.call('HMGET', job_key(id), 'token', 'cancelled', 'notifying'))
  if not notifying then
    redis.call('XCLAIM', READY, GROUP, CONSUMER, 0, token, 'IDLE', 0, 'JUSTID')
  elseif type(redis.pcall('HSET', job_key(id), 'notifying', now() + lease)) == 'table' then
    return 'refused'
  end
  return cancelled and 'cancelled' or 'held'
end

local outcomes = {}
for i = 1, #ARGV - 1, 2 do table.insert(outcomes, renew(ARGV[i], ARGV[i + 1])) end
return table.concat(outcomes, ' ')
