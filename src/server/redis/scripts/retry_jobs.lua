-- Somebody wants jobs of a service to be tried again: dead ones begin anew, those that wait for their next attempt need not
-- wait any longer.
-- KEYS: as in job_lanes.lua; 7 audit log, 8 its outcomes
-- ARGV: as in job_lanes.lua; 3 intent, 4 the lane to put them into, or nothing for the one each is in, then job ids
-- Answers for each 'retried', 'unknown', the state it is in if that is no such state, or 'queued <job id>' if another job
-- about the same subject waits already.
local function retry(id)
  local record = prefix .. id
  local known = redis.call('HMGET', record, 'service', 'state', 'lane')
  if known[1] ~= service then
    return 'unknown'
  end
  local lane = ARGV[4] ~= '' and ARGV[4] or known[3]
  if known[2] == 'retrying' then
    put_in_lane(id, record, lane)
    redis.call('ZREM', retries, id)
    return 'retried'
  end
  if known[2] ~= 'dead' then
    return known[2]
  end
  local number = subject_of(record)
  local other = redis.call('HGET', queued, number)
  local place = other and redis.call('HGET', prefix .. other, 'state')
  if place == 'waiting' or place == 'retrying' then
    return 'queued ' .. other
  end
  put_in_lane(id, record, lane)
  redis.call('HSET', record, 'attempts', 0)
  -- Whoever asked for it before was told of the end that it had.
  redis.call('HDEL', record, 'finishedAt', 'message', 'audits', 'outages')
  redis.call('PERSIST', record)
  redis.call('HSET', queued, number, id)
  redis.call('ZREM', dead_letters, id)
  return 'retried'
end

return with_each(KEYS[7], KEYS[8], ARGV[3], 5, retry, 'retried')
