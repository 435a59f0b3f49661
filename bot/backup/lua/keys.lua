-- ARGV: names of keys. Returns each that is there, as `read` tells it.
local found = {}
for _, name in ipairs(ARGV) do
  table.insert(found, read(name))
end
return found
