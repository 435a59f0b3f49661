-- ARGV: id, state, time (s), by, entry, reply. 1 if that is new.
local id, state, time, by, entry, reply = unpack(ARGV)
local was = state_of(id)
if not was or LATER[state] <= LATER[was] then return 0 end
no_longer_open(id)
redis.call('HSET', handoff_key(id), 'state', state)
if by ~= '' and was ~= 'answered' then
  redis.call('HSET', handoff_key(id), 'answered_by', by, 'answered_at', time)
end
if entry ~= '' then redis.call('HSET', handoff_key(id), 'entry', entry) end
if reply ~= '' then redis.call('HSET', handoff_key(id), 'reply', reply) end
return 1
