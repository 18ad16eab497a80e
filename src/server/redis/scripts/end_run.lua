-- The holder of a run ends it, or gives it back: then another one is due at once.
-- KEYS: 1 schedule, 2 the record of the run
-- ARGV: 1 what is to be said of its end, if anything, 2 '1' to give it back, then as far as they are known done, total,
--   checked, changed, errors
-- Answers 1, or 0 if the run is not the caller's any more.
if redis.call('HGET', KEYS[1], 'run') ~= KEYS[2] then
  return 0
end
if ARGV[3] then
  redis.call('HSET', KEYS[2], 'done', ARGV[3], 'total', ARGV[4], 'checked', ARGV[5], 'changed', ARGV[6], 'errors', ARGV[7])
end
end_run(KEYS[1], KEYS[2], now_ms(), ARGV[1])
if ARGV[2] == '1' then
  redis.call('HDEL', KEYS[1], 'began')
end
return 1
