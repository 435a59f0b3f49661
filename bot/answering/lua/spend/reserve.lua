-- Set aside money for one question, so that questions at the same time cannot overspend together.
-- KEYS: reservations of the day, then the totals that it counts against.
-- ARGV: question, most, least, seconds to keep, then the limit of each total ('' for none).
-- Returns {allowed, ''} as texts, or {'', place of the total (from 1) that is used up}.
-- A total holds what is spent and what is set aside, in millionths of a dollar.
local question, most, least, seconds = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local known = redis.call('HGET', KEYS[1], question)
if known then return {known, ''} end
local allowed, scarce = most, 0
for i = 2, #KEYS do
  local limit = tonumber(ARGV[3 + i])
  if limit then
    local left = limit - tonumber(redis.call('GET', KEYS[i]) or '0')
    if left < allowed then allowed, scarce = left, i - 1 end
  end
end
if allowed < least and allowed < most then return {'', tostring(scarce)} end
for i = 2, #KEYS do
  redis.call('INCRBY', KEYS[i], allowed)
  redis.call('EXPIRE', KEYS[i], seconds)
end
redis.call('HSET', KEYS[1], question, allowed)
redis.call('EXPIRE', KEYS[1], seconds)
return {tostring(allowed), ''}
