-- KEYS: the root of all keys, and that of the restored ones. ARGV: names. Puts these in place.
for _, name in ipairs(ARGV) do
  if redis.call('EXISTS', KEYS[2] .. ':' .. name) == 1 then
    redis.call('RENAME', KEYS[2] .. ':' .. name, KEYS[1] .. ':' .. name)
  end
end
