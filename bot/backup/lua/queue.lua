-- Returns the whole queue at one moment: its keys, and the jobs that are open or dead.
local found = {}
local function add(name) table.insert(found, read(name)) end

for _, name in ipairs({
  'active', 'ready', 'turns', 'turn', 'turns_had', 'delayed', 'open', 'dead', 'schedules', 'heard'
}) do
  add(name)
end
local people = {}
for _, partition in ipairs(redis.call('SMEMBERS', ROOT .. ':active')) do
  add('partition:' .. partition)
  for _, id in ipairs(redis.call('LRANGE', ROOT .. ':partition:' .. partition, 0, -1)) do
    add('job:' .. id)
    local person = redis.call('HGET', ROOT .. ':job:' .. id, 'person')
    people[partition] = true
    if person and person ~= '' then people[person] = true end
  end
end
for _, person in ipairs(redis.call('ZRANGE', ROOT .. ':turns', 0, -1)) do people[person] = true end
for person in pairs(people) do
  add('turn_of:' .. person)
  add('open_of:' .. person)
end
for _, entry in ipairs(redis.call('XRANGE', ROOT .. ':dead', '-', '+')) do
  for i = 1, #entry[2], 2 do
    if entry[2][i] == 'job' then
      local readable, job = pcall(cjson.decode, entry[2][i + 1])
      if readable and type(job) == 'table' and job.id then add('job:' .. job.id) end
    end
  end
end
return found
