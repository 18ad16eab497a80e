-- The holder of a job gives it back through no fault of the job's: the attempt does not count.
-- KEYS: as in job_lanes.lua
-- ARGV: as in job_lanes.lua; 3 job id, 4 token, 5 ms until it is due, 6 what went wrong, if anything did, 7 changed
-- Answers the job's state, 'retrying', or 'stale' if the caller does not hold the job.
local id, record = ARGV[3], prefix .. ARGV[3]
if not holds(record, ARGV[4]) then
  return not_held(record, ARGV[4], 'retrying', 'waiting')
end
redis.call('HINCRBY', record, 'attempts', -1)
end_attempt(record, ARGV[4], 'interrupted', ARGV[6])
if ARGV[6] ~= '' then
  redis.call('HSET', record, 'lastError', ARGV[6])
end
keep_changes(record, ARGV[7])
put_aside(id, record, ARGV[5])
return 'retrying'
