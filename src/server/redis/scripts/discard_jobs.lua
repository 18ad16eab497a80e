-- Somebody does not want jobs of a service to be done: those that wait or are to be tried again end as dead, and dead ones
-- leave their list.
-- KEYS: as in job_lanes.lua; 7 sm:events, 8 what came of audited attempts, 9 audit log
-- ARGV: as in job_lanes.lua; 3 intent, 4 how they end, as a sentence, 5 seconds to keep a dead job, 6 dead letters to keep,
--   7 length of the event log, then job ids
-- Answers for each 'discarded', 'unknown', or the state it is in if nothing was to be done.

-- What the event log is told: somebody may wait for the end of a priority job.
local function news_of(id, record)
  local known = redis.call('HMGET', record, 'lane', 'user', 'account')
  if known[1] ~= 'priority' then
    return ''
  end
  local subject = known[2] and '"userId":' .. known[2] or '"accountNumber":' .. cjson.encode(known[3])
  return '{"id":' .. cjson.encode(id) .. ',"service":' .. cjson.encode(service) .. ',"lane":"priority",' .. subject
    .. ',"state":"dead","message":' .. cjson.encode(ARGV[4]) .. '}'
end

local function discard(id)
  local record = prefix .. id
  local known = redis.call('HMGET', record, 'service', 'state')
  if known[1] ~= service then
    return 'unknown'
  end
  if known[2] == 'dead' then
    return redis.call('ZREM', dead_letters, id) == 1 and 'discarded' or 'dead'
  end
  if known[2] ~= 'waiting' and known[2] ~= 'retrying' then
    return known[2]
  end
  finish(id, record, 'dead', ARGV[4], ARGV[5], ARGV[7], news_of(id, record), { checked = 0, changed = 0, errors = 1 })
  redis.call('HDEL', record, 'nextAttemptAt')
  redis.call('ZREM', retries, id)
  local number = subject_of(record)
  if redis.call('HGET', queued, number) == id then
    redis.call('HDEL', queued, number)
  end
  list_as_dead(id, ARGV[5], ARGV[6])
  return 'discarded'
end

return with_each(KEYS[9], KEYS[8], ARGV[3], 8, discard, 'discarded')
