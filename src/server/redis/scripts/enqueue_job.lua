-- Queues a job and writes its record, unless its user is unknown.
-- KEYS: number → user, the lane, the job's record
-- ARGV: job id, user number, lane
-- Answers 1, or 0 for an unknown user.
if redis.call('HEXISTS', KEYS[1], ARGV[2]) == 0 then
  return 0
end
local time = redis.call('TIME')
local now = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('HSET', KEYS[3], 'lane', ARGV[3], 'user', ARGV[2], 'state', 'waiting', 'createdAt', now)
redis.call('XADD', KEYS[2], '*', 'job', ARGV[1], 'user', ARGV[2])
return 1
