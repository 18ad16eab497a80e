-- Needs audit.lua. KEYS: as in job_lanes.lua; 7 sm:events, 8 what came of audited attempts
-- Ends a job whose attempt is under way. If `news` is not empty it goes into the event log (about so many entries long)
-- in the same step, so that an end is told once and never forgotten; and so does the audit for all who asked for it.
local function finish(id, record, state, message, seconds, length, news)
  redis.call('HSET', record, 'state', state, 'message', message, 'finishedAt', now)
  if news ~= '' then
    redis.call('XADD', KEYS[7], 'MAXLEN', '~', length, '*', 'kind', 'job', 'message', news)
  end
  for attempt in string.gmatch(redis.call('HGET', record, 'audits') or '', '%S+') do
    audit_outcome(KEYS[8], attempt, state == 'done' and 'succeeded' or 'failed', message)
  end
  redis.call('EXPIRE', record, seconds)
  redis.call('ZREM', leases, id)
  leave_lane(record)
end

