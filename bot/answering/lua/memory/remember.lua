-- KEYS: the thread's turns, oldest first. ARGV: turn (JSON), token budget, seconds to keep.
-- Adds the turn unless its question is there, then drops old turns until the rest fits; the
-- newest always stays. A damaged turn is removed: nothing can be read from it.
local turns, budget = KEYS[1], tonumber(ARGV[2])
local new = cjson.decode(ARGV[1])
local sizes, total = {}, 0
local damaged = {}
for _, text in ipairs(redis.call('LRANGE', turns, 0, -1)) do
  local readable, turn = pcall(cjson.decode, text)
  if readable and type(turn) == 'table' and type(turn.tokens) == 'number' then
    if turn.question_id ~= '' and turn.question_id == new.question_id then return end
    table.insert(sizes, turn.tokens)
    total = total + turn.tokens
  else
    table.insert(damaged, text)
  end
end
for _, text in ipairs(damaged) do redis.call('LREM', turns, 0, text) end
-- First, as it needs no memory: a full Redis then lets the rest through, for accepted questions.
redis.call('PERSIST', turns)
redis.call('RPUSH', turns, ARGV[1])
total = total + new.tokens
for _, size in ipairs(sizes) do
  if total <= budget then break end
  redis.call('LPOP', turns)
  total = total - size
end
redis.call('EXPIRE', turns, ARGV[3])
