-- The holder of a job has failed at it. It is tried again later, or dead if it has no attempt left.
-- KEYS: as in job_ending.lua
-- ARGV: as in job_lanes.lua; 3 job id, 4 token, 5 what went wrong, 6 seconds to keep a dead job, 7 dead letters to keep,
--   8 length of the event log, 9 what to write into it if the job is dead, if anything, then the ms to wait after the first
--   attempt, the second and so on; after one without such a wait the job is dead
-- Answers the job's state, 'retrying' or 'dead', or 'stale' if the caller does not hold the job.
local id, record = ARGV[3], prefix .. ARGV[3]
if not holds(record, ARGV[4]) then
  return not_held(record, ARGV[4], 'retrying', 'waiting', 'dead')
end
redis.call('HSET', record, 'lastError', ARGV[5])
local wait = ARGV[9 + tonumber(redis.call('HGET', record, 'attempts'))]
if wait then
  put_aside(id, record, wait)
  return 'retrying'
end
finish(id, record, 'dead', ARGV[5], ARGV[6], ARGV[8], ARGV[9])
redis.call('ZADD', dead_letters, now, id)
redis.call('ZREMRANGEBYSCORE', dead_letters, '-inf', later(-1000 * tonumber(ARGV[6])))
redis.call('ZREMRANGEBYRANK', dead_letters, 0, -(tonumber(ARGV[7]) + 1))
return 'dead'
