-- KEYS[1]: the root of all keys. ARGV: path, digest of its text so far ('' for none), its next text,
-- the digest of that ('' to remove it). 1; 0, and nothing is changed, if it has another digest.
--
--   files:texts     HASH of texts by path
--   files:digests   HASH of their digests by path
--   files:revision  counts the changes of all files
local FILES = KEYS[1] .. ':files'
local path, before, text, after = unpack(ARGV)
if (redis.call('HGET', FILES .. ':digests', path) or '') ~= before then return 0 end
redis.call('INCR', FILES .. ':revision')
if after == '' then
  redis.call('HDEL', FILES .. ':texts', path)
  redis.call('HDEL', FILES .. ':digests', path)
else
  redis.call('HSET', FILES .. ':texts', path, text)
  redis.call('HSET', FILES .. ':digests', path, after)
end
return 1
