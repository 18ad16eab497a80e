-- Makes somebody the keeper of lines, if nobody is, and says so on the channel: what is heard after that is theirs to keep.
-- KEYS: 1 sm:log-keeper, 2 sm:logs, 3 sm:log-keeper (the channel). ARGV: token, lease in ms, ms within which a hand-over
--   loses nothing worth telling.
-- sm:log-keeper is a hash: holder ('' once one gave it up with all lines kept), until (ms), batch (the last one kept)
-- Returns 0, or the ms until somebody else's lease runs out.
local now = tonumber(now_ms())
local known = redis.call('HMGET', KEYS[1], 'holder', 'until')
local holder, runs_out = known[1] or '', tonumber(known[2] or 0)
if holder ~= '' and runs_out > now then
  return runs_out - now
end
if runs_out > 0 and (holder ~= '' or now - runs_out > tonumber(ARGV[3])) then
  -- Nobody knows what was said since the last keeper was heard of.
  redis.call('XADD', KEYS[2], '*', 'dropped', 0)
end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'until', string.format('%.0f', now + tonumber(ARGV[2])), 'batch', 0)
redis.call('PUBLISH', KEYS[3], ARGV[1])
return 0
