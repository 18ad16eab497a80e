-- Its holder keeps no more lines; somebody else may at once.
-- KEYS: 1 sm:log-keeper, 2 sm:log-keeper (the channel). ARGV: token, 1 if all that was heard is kept.
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'holder', ARGV[2] == '1' and '' or 'lost', 'until', now_ms())
redis.call('PUBLISH', KEYS[2], '')
return 1
