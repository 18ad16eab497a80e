-- The holder of a run says how far it is, and needs it for longer.
-- KEYS: 1 schedule, 2 the record of the run
-- ARGV: 1 lease in ms from now, 2 seconds to keep the record, then done, total, checked, changed, errors
-- Answers 1, or 0 if the run is not the caller's any more.
if redis.call('HGET', KEYS[1], 'run') ~= KEYS[2] then
  return 0
end
redis.call('HSET', KEYS[1], 'lease', string.format('%.0f', tonumber(now_ms()) + tonumber(ARGV[1])))
redis.call('HSET', KEYS[2], 'done', ARGV[3], 'total', ARGV[4], 'checked', ARGV[5], 'changed', ARGV[6], 'errors', ARGV[7])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 1
