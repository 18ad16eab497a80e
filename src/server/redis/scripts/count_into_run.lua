-- Needs job_lanes.lua and run_schedule.lua.
-- Counts the end of a job into the run that it is of; with the last one the run ends, unless others are still to be queued.
local function count_into_run(record, run, state, tally)
  local changed_before = redis.call('HGET', record, 'changed') or 0
  -- It counts once, whatever becomes of it later.
  redis.call('HDEL', record, 'run', 'changed')
  local kept = redis.call('HMGET', run, 'schedule', 'total')
  if not kept[1] or redis.call('HGET', kept[1], 'run') ~= run then
    return
  end
  local errors = tonumber(tally.errors)
  if state ~= 'done' and errors == 0 then
    errors = 1
  end
  redis.call('HINCRBY', run, 'checked', tally.checked)
  redis.call('HINCRBY', run, 'changed', tonumber(tally.changed) + tonumber(changed_before))
  redis.call('HINCRBY', run, 'errors', errors)
  local done = redis.call('HINCRBY', run, 'done', 1)
  if done >= tonumber(kept[2]) and redis.call('HEXISTS', kept[1], 'cursor') == 0 then
    end_run(kept[1], run, now, '')
  end
end

