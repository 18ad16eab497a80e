-- Needs audit.lua and count_into_run.lua. KEYS: as in job_lanes.lua; 7 sm:events, 8 what came of audited attempts

-- How many done jobs of a service are listed at most.
local DONE_LISTED = 1000

-- Tells pages on a channel of its own that what is known of a user's accounts may be new.
local function tell_of_accounts(user, account)
  user = user or redis.call('HGET', 'sm:bank:owners', account)
  if user then
    redis.call('PUBLISH', 'sm:account', user)
  end
end

-- Ends a job wherever it is. If `news` is not empty it goes into the event log (about so many entries long) in the same
-- step, so that an end is told once and never forgotten; and so does the audit for all who asked for it. `tally` has
-- checked, changed and errors, for the run that the job is of.
local function finish(id, record, state, message, seconds, length, news, tally)
  local user, account, lane, entry, run, audits =
    unpack(redis.call('HMGET', record, 'user', 'account', 'lane', 'entry', 'run', 'audits'))
  redis.call('HSET', record, 'state', state, 'message', message, 'finishedAt', now)
  if news ~= '' then
    redis.call('XADD', KEYS[7], 'MAXLEN', '~', length, '*', 'kind', 'job', 'message', news)
  end
  for attempt in string.gmatch(audits or '', '%S+') do
    audit_outcome(KEYS[8], attempt, state == 'done' and 'succeeded' or 'failed', message)
  end
  redis.call('EXPIRE', record, seconds)
  redis.call('ZREM', leases, id)
  leave_lane(lane, entry)
  if run then
    count_into_run(record, run, state, tally)
  end
  if state == 'done' then
    redis.call('ZADD', done_jobs, now, id)
    redis.call('ZREMRANGEBYRANK', done_jobs, 0, -(DONE_LISTED + 1))
  end
  tell_of_accounts(user, account)
end

-- Lists a job that ended as dead, for so many seconds and among the newest so many.
local function list_as_dead(id, seconds, most)
  redis.call('ZADD', dead_letters, now, id)
  redis.call('ZREMRANGEBYSCORE', dead_letters, '-inf', later(-1000 * tonumber(seconds)))
  redis.call('ZREMRANGEBYRANK', dead_letters, 0, -(tonumber(most) + 1))
end

