-- Hands a job to a worker, under a lease: one whose lease ran out, or the first that waits in the most urgent lane. What is
-- due for another attempt goes into its lane first. Of a service that is not wanted to run nothing is handed out: a job that
-- lost its worker is put aside, so that nobody waits for its end.
-- KEYS: as in job_lanes.lua; 7 wanted: service → state
-- ARGV: as in job_lanes.lua; 3 worker, 4 lease in ms, 5 attempts a job has
-- Answers nil when there is nothing to do, otherwise {'next', 'left behind' or 'given up', id, lane, number of the subject,
-- token}. A job given up has lost its last worker: the caller has it only to end it.
make_groups()
local is_wanted = (redis.call('HGET', KEYS[7], service) or 'running') == 'running'

for _, id in ipairs(redis.call('ZRANGEBYSCORE', retries, '-inf', now, 'LIMIT', 0, 100)) do
  local record = prefix .. id
  local lane = redis.call('HGET', record, 'lane')
  if lane then
    put_in_lane(id, record, lane)
  end
  redis.call('ZREM', retries, id)
end

local function hand_out(word, id, record)
  -- Whoever had it before can no longer settle it.
  local token = redis.call('HINCRBY', record, 'token', 1)
  if word ~= 'next' then
    end_attempt(record, token - 1, 'lost', '')
  end
  if word ~= 'given up' then
    redis.call('HSET', record, 'state', 'running', 'startedAt', now, 'worker', ARGV[3])
    redis.call('HINCRBY', record, 'attempts', 1)
    begin_attempt(record, token, ARGV[3])
  end
  redis.call('ZADD', leases, later(ARGV[4]), id)
  local number = subject_of(record)
  if redis.call('HGET', queued, number) == id then
    redis.call('HDEL', queued, number)
  end
  return { word, id, redis.call('HGET', record, 'lane'), number, token }
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, 100)) do
  local record = prefix .. id
  local attempts = tonumber(redis.call('HGET', record, 'attempts'))
  if attempts and attempts >= tonumber(ARGV[5]) then
    return hand_out('given up', id, record)
  elseif attempts and is_wanted then
    return hand_out('left behind', id, record)
  elseif attempts then
    end_attempt(record, redis.call('HGET', record, 'token'), 'lost', '')
    put_aside(id, record, 0)
  else
    redis.call('ZREM', leases, id)
  end
end
if not is_wanted then
  return nil
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
