-- ARGV: ids. Deletes these records with their votes and places; the totals stay.
for _, id in ipairs(ARGV) do forget(id) end
