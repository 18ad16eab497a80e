-- Hands a job to a worker, under a lease: one whose lease ran out, or the first that waits in the most urgent lane. What is
-- due for another attempt goes into its lane first. Of a service that is not wanted to run nothing is handed out: a job that
-- lost its worker is put aside, so that nobody waits for its end.
-- KEYS: as in job_lanes.lua
-- ARGV: as in job_lanes.lua; 3 worker, 4 lease in ms, 5 attempts a job has
-- Answers nil when there is nothing to do, otherwise {'next', 'left behind' or 'given up', id, lane, number of the subject,
-- token}. A job given up has lost its last worker: the caller has it only to end it.
local is_wanted = (redis.call('HGET', WANTED, service) or 'running') == 'running'

for _, id in ipairs(redis.call('ZRANGEBYSCORE', retries, '-inf', now, 'LIMIT', 0, 100)) do
  local record = prefix .. id
  local lane = redis.call('HGET', record, 'lane')
  if lane then
    put_in_lane(id, record, lane)
  end
  redis.call('ZREM', retries, id)
end

-- What has to be known of a job to hand it out; nil if its record is gone.
local function facts_of(id)
  local facts = redis.call('HMGET', prefix .. id, 'lane', 'attempts', 'token', 'user', 'account')
  if facts[2] then
    return { lane = facts[1], attempts = tonumber(facts[2]), token = tonumber(facts[3]), number = facts[4] or facts[5] }
  end
end

local function hand_out(word, id, facts)
  local record = prefix .. id
  if word ~= 'next' then
    end_attempt(record, facts.token, 'lost', '')
  end
  -- Whoever had it before can no longer settle it.
  local token = facts.token + 1
  if word == 'given up' then
    redis.call('HSET', record, 'token', token)
  else
    redis.call('HSET', record, 'token', token, 'state', 'running', 'startedAt', now, 'worker', ARGV[3],
      'attempts', facts.attempts + 1, beginning(token, ARGV[3]))
    forget_attempt(record, token)
  end
  redis.call('ZADD', leases, later(ARGV[4]), id)
  if redis.call('HGET', queued, facts.number) == id then
    redis.call('HDEL', queued, facts.number)
  end
  return { word, id, facts.lane, facts.number, token }
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, 100)) do
  local facts = facts_of(id)
  if facts and facts.attempts >= tonumber(ARGV[5]) then
    return hand_out('given up', id, facts)
  elseif facts and is_wanted then
    return hand_out('left behind', id, facts)
  elseif facts then
    end_attempt(prefix .. id, facts.token, 'lost', '')
    put_aside(id, prefix .. id, 0)
  else
    redis.call('ZREM', leases, id)
  end
end
if not is_wanted then
  return nil
end

local function first_of(lane)
  local question = { 'XREADGROUP', 'GROUP', service, service, 'COUNT', 1, 'STREAMS', KEYS[lane], '>' }
  local read = redis.pcall(unpack(question))
  if read and read.err then
    -- Most likely nobody has taken or counted anything yet.
    make_groups()
    read = redis.call(unpack(question))
  end
  return read
end

for lane = 1, 2 do
  local read = first_of(lane)
  while read do
    local entry = read[1][2][1]
    local id = entry[2][2]
    local facts = facts_of(id)
    if facts then
      return hand_out('next', id, facts)
    end
    redis.call('XACK', KEYS[lane], service, entry[1])
    redis.call('XDEL', KEYS[lane], entry[1])
    read = first_of(lane)
  end
end
return nil
