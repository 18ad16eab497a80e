-- Gives a stream's lease back, unless the same tab has taken it over.
-- KEYS: 1 sm:streams:<user>. ARGV: tab, token.
local lease = redis.call('HGET', KEYS[1], ARGV[1])
if lease and string.match(lease, '^(%S+) ') == ARGV[2] then
  return redis.call('HDEL', KEYS[1], ARGV[1])
end
return 0
