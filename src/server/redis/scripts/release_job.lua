-- The holder of a job gives it back through no fault of the job's: the attempt does not count. A job that meets one outage
-- after the other is not given back for ever: it may be that it alone is never answered.
-- KEYS: as in job_lanes.lua
-- ARGV: as in job_lanes.lua; 3 job id, 4 token, 5 ms until it is due, 6 what went wrong, if core banking was away, 7 changed,
--   8 outages that do not count
-- Answers the job's state, 'retrying', or 'dead' if this attempt made it that, 'stale' if the caller does not hold the job,
-- or 'worn out' if this outage counts as a failure and is to be settled as such.
local id, record = ARGV[3], prefix .. ARGV[3]
if not holds(record, ARGV[4]) then
  return not_held(record, ARGV[4], 'retrying', 'waiting', 'dead')
end
if ARGV[6] ~= '' then
  if redis.call('HINCRBY', record, 'outages', 1) > tonumber(ARGV[8]) then
    return 'worn out'
  end
  redis.call('HSET', record, 'lastError', ARGV[6])
end
redis.call('HINCRBY', record, 'attempts', -1)
end_attempt(record, ARGV[4], 'interrupted', ARGV[6])
keep_changes(record, ARGV[7])
put_aside(id, record, ARGV[5])
return 'retrying'
