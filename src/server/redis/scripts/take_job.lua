-- Hands a job to a worker, under a lease: one whose lease ran out, or the first that waits in the most urgent lane. What is
-- due for another attempt goes into its lane first.
-- KEYS: as in job_lanes.lua
-- ARGV: as in job_lanes.lua; 3 worker, 4 lease in ms, 5 attempts a job has, 6 message for a job that lost its last worker,
--   7 seconds to keep it, 8 dead letters to keep
-- Answers nil when there is nothing to do, otherwise {'next', 'left behind' or 'dead', id, lane, number of the subject,
-- token}; a job that lost its last worker is dead by this call, and the caller tells of it.
make_groups()

for _, id in ipairs(redis.call('ZRANGEBYSCORE', retries, '-inf', now, 'LIMIT', 0, 100)) do
  local record = prefix .. id
  local lane = redis.call('HGET', record, 'lane')
  if lane then
    put_in_lane(id, record, lane)
  end
  redis.call('ZREM', retries, id)
end

local function answer(word, id, record)
  local facts = redis.call('HMGET', record, 'lane', 'token')
  return { word, id, facts[1], subject_of(record), facts[2] }
end

local function hand_out(word, id, record)
  redis.call('HSET', record, 'state', 'running', 'startedAt', now, 'worker', ARGV[3])
  redis.call('HINCRBY', record, 'attempts', 1)
  redis.call('HINCRBY', record, 'token', 1)
  redis.call('ZADD', leases, later(ARGV[4]), id)
  local number = subject_of(record)
  if redis.call('HGET', queued, number) == id then
    redis.call('HDEL', queued, number)
  end
  return answer(word, id, record)
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, 1)) do
  local record = prefix .. id
  local attempts = tonumber(redis.call('HGET', record, 'attempts'))
  if not attempts then
    redis.call('ZREM', leases, id)
  elseif attempts < tonumber(ARGV[5]) then
    return hand_out('left behind', id, record)
  else
    -- Whoever still believes to have it is stale from here on.
    redis.call('HINCRBY', record, 'token', 1)
    died(id, record, ARGV[6], ARGV[7], ARGV[8])
    return answer('dead', id, record)
  end
end

for lane = 1, 2 do
  local read = redis.call('XREADGROUP', 'GROUP', service, service, 'COUNT', 1, 'STREAMS', KEYS[lane], '>')
  while read do
    local entry = read[1][2][1]
    local id = entry[2][2]
    if redis.call('EXISTS', prefix .. id) == 1 then
      return hand_out('next', id, prefix .. id)
    end
    redis.call('XACK', KEYS[lane], service, entry[1])
    redis.call('XDEL', KEYS[lane], entry[1])
    read = redis.call('XREADGROUP', 'GROUP', service, service, 'COUNT', 1, 'STREAMS', KEYS[lane], '>')
  end
end
return nil
