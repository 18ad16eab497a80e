-- What every script about jobs begins with. A job is in one place at a time: in a lane (waiting), among the leases
-- (running; its entry stays in the lane as pending until the attempt ends), among the retries, or ended.
-- KEYS: 1 priority lane, 2 background lane, 3 leases: job id by the time it runs out, 4 retries: job id by the time it is
--   due, 5 dead letters: job id by the time it died, 6 queued: number of the subject → id of the job not yet taken
-- ARGV: 1 service, also the name of the group and of its one consumer, 2 prefix of job records
local lanes = { priority = KEYS[1], background = KEYS[2] }
local leases, retries, dead_letters, queued = KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local service, prefix = ARGV[1], ARGV[2]
local now = now_ms()

-- Keys made here. WANTED: service → what it is wanted to do. done_jobs: jobs done lately, by the time of their end.
-- jobs_about: number of the subject → its newest jobs.
local WANTED = 'sm:wanted'
local done_jobs, jobs_about = 'sm:jobs:' .. service .. ':done', 'sm:jobs:' .. service .. ':about'

-- How many attempts a record tells of. Each has a field for its beginning and one for its end, named by its token.
local ATTEMPTS_KEPT = 20

-- The time so many ms from now, as digits.
local function later(ms)
  return string.format('%.0f', tonumber(now) + tonumber(ms))
end

local function make_groups()
  for lane = 1, 2 do
    redis.pcall('XGROUP', 'CREATE', KEYS[lane], service, '0', 'MKSTREAM')
  end
end

-- What Redis says of the group of a lane, as a flat list of names and values.
local function group_of(lane)
  local groups = redis.pcall('XINFO', 'GROUPS', lane)
  if groups.err or #groups == 0 then
    -- Nobody has taken or counted anything yet.
    make_groups()
    groups = redis.call('XINFO', 'GROUPS', lane)
  end
  return groups[1]
end

-- The value that follows a name in a flat list.
local function value_of(list, name)
  for i = 1, #list, 2 do
    if list[i] == name then
      return list[i + 1]
    end
  end
end

-- The number of the user or account that a job is about.
local function subject_of(record)
  return redis.call('HGET', record, 'user') or redis.call('HGET', record, 'account')
end

local function put_in_lane(id, record, lane)
  local entry = redis.call('XADD', lanes[lane], '*', 'job', id)
  redis.call('HSET', record, 'state', 'waiting', 'lane', lane, 'entry', entry)
  redis.call('HDEL', record, 'nextAttemptAt')
end

local function leave_lane(lane, entry)
  redis.call('XACK', lanes[lane], service, entry)
  redis.call('XDEL', lanes[lane], entry)
end

-- Whether the token is that of the attempt under way.
local function holds(record, token)
  local held = redis.call('HMGET', record, 'state', 'token')
  return held[1] == 'running' and held[2] == token
end

-- What to answer to a caller who does not hold the job: the state it is in if that is one of these, which are what this
-- very attempt can have brought it into before its answer was lost; otherwise 'stale'.
local function not_held(record, token, ...)
  local held = redis.call('HMGET', record, 'state', 'token')
  for _, state in ipairs({ ... }) do
    if held[1] == state and held[2] == token then
      return state
    end
  end
  return 'stale'
end

-- What an attempt changed will not be found changed by the next one, so it is kept to be counted in the end.
local function keep_changes(record, changed)
  if tonumber(changed) > 0 then
    redis.call('HINCRBY', record, 'changed', changed)
  end
end

-- Ends the attempt under way and puts the job aside until it is due; a request for its subject joins it from then on.
local function put_aside(id, record, ms)
  local due = later(ms)
  redis.call('HSET', record, 'state', 'retrying', 'nextAttemptAt', due)
  redis.call('ZADD', retries, due, id)
  redis.call('ZREM', leases, id)
  leave_lane(unpack(redis.call('HMGET', record, 'lane', 'entry')))
  redis.call('HSETNX', queued, subject_of(record), id)
end

-- What a record says of the beginning of an attempt, as a field and its value.
local function beginning(token, worker)
  return 'began:' .. token, now .. ' ' .. worker
end

-- Forgets the attempt that is one too many once that one has begun.
local function forget_attempt(record, token)
  local oldest = token - ATTEMPTS_KEPT
  if oldest > 0 then
    redis.call('HDEL', record, 'began:' .. oldest, 'ended:' .. oldest)
  end
end

-- An attempt is over: it is 'done', has 'failed', was 'interrupted' through no fault of the job's, or was 'lost' with its
-- worker. `message` says what went wrong, if anything did.
local function end_attempt(record, token, how, message)
  redis.call('HSET', record, 'ended:' .. token, now .. ' ' .. how .. ' ' .. message)
end

