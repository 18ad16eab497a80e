-- What the scripts about runs share. A service's schedule is a hash: `began` (when its latest run did; without it one is due
-- at once), and while a run is under way `run` (the key of its record) and `lease` (until when its worker holds it); of a
-- round, whose jobs have leases of their own, in its place `cursor` and `last`: the last user queued and the last there is.
local function is_due(schedule, now, interval)
  local began = tonumber(redis.call('HGET', schedule, 'began'))
  return not began or tonumber(now) - began >= tonumber(interval)
end

-- Makes the record of a run that begins now, and lists it. `kept` has seconds and the most runs listed.
local function begin_run(schedule, runs, record, now, run, kept)
  redis.call('HSET', record, 'service', run.service, 'started', now, 'worker', run.worker, 'schedule', schedule,
    'done', 0, 'total', run.total, 'checked', 0, 'changed', 0, 'errors', 0)
  redis.call('EXPIRE', record, kept.seconds)
  redis.call('ZADD', runs, now, run.id)
  redis.call('ZREMRANGEBYSCORE', runs, '-inf', string.format('%.0f', tonumber(now) - 1000 * tonumber(kept.seconds)))
  local prefix = string.sub(record, 1, -1 - #run.id)
  for _, oldest in ipairs(redis.call('ZRANGE', runs, 0, -1 - tonumber(kept.most))) do
    redis.call('ZREM', runs, oldest)
    redis.call('DEL', prefix .. oldest)
  end
  redis.call('HSET', schedule, 'began', now, 'run', record)
end

-- Ends the run under way, with a sentence about its end unless that is empty.
local function end_run(schedule, record, now, message)
  redis.call('HDEL', schedule, 'run', 'lease', 'cursor', 'last')
  -- Of a record that is gone nothing is to be left.
  if redis.call('EXISTS', record) == 1 then
    redis.call('HSET', record, 'ended', now)
    if message ~= '' then
      redis.call('HSET', record, 'message', message)
    end
  end
end

