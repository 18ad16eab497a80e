-- The holder of a job needs it for longer.
-- KEYS: as in job_lanes.lua
-- ARGV: as in job_lanes.lua; 3 job id, 4 token, 5 lease in ms from now
-- Answers 1, or 0 if the caller does not hold the job.
if not holds(prefix .. ARGV[3], ARGV[4]) then
  return 0
end
redis.call('ZADD', leases, later(ARGV[5]), ARGV[3])
return 1
