-- ARGV: id, fence, then names and texts of notes.
local id, fence = unpack(ARGV)
if not holds(id, fence) then return 'lost' end
redis.call('PERSIST', job_key(id))
for i = 3, #ARGV, 2 do
  redis.call('HSET', job_key(id), 'note:' .. ARGV[i], ARGV[i + 1])
end
return 'held'
