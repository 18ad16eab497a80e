-- Ends a job, once: whoever comes second changes nothing.
-- KEYS: the lane, the job's record
-- ARGV: group, entry id, state, message, seconds to keep the record
-- Answers 1 if this call ended it.
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then
  return 0
end
redis.call('XDEL', KEYS[1], ARGV[2])
redis.call('HSET', KEYS[2], 'state', ARGV[3], 'message', ARGV[4], 'finishedAt', now_ms())
redis.call('EXPIRE', KEYS[2], ARGV[5])
return 1
