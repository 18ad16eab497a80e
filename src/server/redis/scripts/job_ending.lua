-- Ends a job whose attempt is under way. If `news` is not empty it goes into the event log (`log`, about so many entries
-- long) in the same step, so that an end is told once and never forgotten.
local function finish(id, record, state, message, seconds, log, length, news)
  redis.call('HSET', record, 'state', state, 'message', message, 'finishedAt', now)
  if news ~= '' then
    redis.call('XADD', log, 'MAXLEN', '~', length, '*', 'kind', 'job', 'message', news)
  end
  redis.call('EXPIRE', record, seconds)
  redis.call('ZREM', leases, id)
  leave_lane(record)
end

