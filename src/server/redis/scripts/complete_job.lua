-- The holder of a job has done it.
-- KEYS: as in job_ending.lua
-- ARGV: as in job_lanes.lua; 3 job id, 4 token, 5 message, 6 seconds to keep the record, 7 length of the event log, 8 what to
--   write into it, if anything
-- Answers the job's state, 'done', or 'stale' if the caller does not hold the job.
local record = prefix .. ARGV[3]
if not holds(record, ARGV[4]) then
  return not_held(record, ARGV[4], 'done')
end
finish(ARGV[3], record, 'done', ARGV[5], ARGV[6], ARGV[7], ARGV[8])
return 'done'
