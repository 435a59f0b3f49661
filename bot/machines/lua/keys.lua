-- What the scripts of machines share. KEYS[1] is the root of all keys, as in the queue. <analysis> is
-- the version of the text analysis: programs of two versions have an index and an indexer each.
--
--   index:indexer:<analysis>  HASH of the indexer: its `token`, `who` it is (JSON), and `until` when
--                             (ms) nobody else may take the lease; it expires
--   index:current             HASH of the published versions (JSON) by analysis
--   index:published           STREAM of the same, as a bell and as a history
--   index:machines            ZSET of processes by their last report (ms)
--   index:states              HASH of what they reported (JSON)
--   index:syncs:<analysis>    STREAM of what the indexer is asked for
--   index:sync:<id>           STREAM of its replies
--   index:notes               HASH of the notes of the last syncs: `digest`, `folder`, `text`
--   index:damaged             SET of the files of the index store that are damaged (SHA-256)
--   index:history             HASH by source: up to where the index has the log of Slack's messages

local ROOT = KEYS[1]
local CURRENT, PUBLISHED = ROOT .. ':index:current', ROOT .. ':index:published'
local MACHINES, STATES = ROOT .. ':index:machines', ROOT .. ':index:states'

local function indexer_key(analysis) return ROOT .. ':index:indexer:' .. analysis end

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Tell whether the lease at key has a holder who need not fear for it.
local function lease_holds(key) return tonumber(redis.call('HGET', key, 'until') or 0) > now() end

-- Forget the processes that have not reported for so many ms.
local function forget_silent(patience)
  local silent = redis.call('ZRANGEBYSCORE', MACHINES, '-inf', now() - patience)
  for _, id in ipairs(silent) do
    redis.call('ZREM', MACHINES, id)
    redis.call('HDEL', STATES, id)
  end
end
