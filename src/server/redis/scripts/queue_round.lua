-- Begins a round of balance-sync if one is due, and queues the next users of the round under way: whoever has an open account.
-- Both happen in one step, and any worker may take the next one, so that a lost worker loses nothing of a round.
-- KEYS: as in job_lanes.lua; 7 schedule, 8 the service's runs by start, 9 the record of the round if it begins, 10 number →
--   user, 11 account → when it was found closed
-- ARGV: as in job_lanes.lua; 3 interval in ms, 4 run id, 5 worker, 6 seconds to keep the record, 7 most runs listed, 8 prefix of
--   users' accounts, 9 what to say of a round whose jobs are gone, then an id for each job that may be queued
-- Answers how many users of the round are still to be looked at, or -1 if no round is under way any more.
local schedule = KEYS[7]

local function has_open_account(user)
  local accounts = ARGV[8] .. user
  local one = redis.call('SRANDMEMBER', accounts)
  if not one or redis.call('HEXISTS', KEYS[11], one) == 0 then
    return one
  end
  for _, account in ipairs(redis.call('SMEMBERS', accounts)) do
    if redis.call('HEXISTS', KEYS[11], account) == 0 then
      return true
    end
  end
end

local record = redis.call('HGET', schedule, 'run')
if not record then
  if not is_due(schedule, now, ARGV[3]) then
    return -1
  end
  -- Users are numbered without gaps.
  record = KEYS[9]
  local last = redis.call('HLEN', KEYS[10])
  begin_run(schedule, KEYS[8], record, now, { service = service, id = ARGV[4], worker = ARGV[5], total = last },
    { seconds = ARGV[6], most = ARGV[7] })
  redis.call('HSET', schedule, 'cursor', 0, 'last', last)
end

local place = redis.call('HMGET', schedule, 'cursor', 'last')
if place[1] then
  local cursor, last = tonumber(place[1]), tonumber(place[2])
  local upto = math.min(cursor + #ARGV - 9, last)
  for user = cursor + 1, upto do
    if has_open_account(user) then
      queue(ARGV[9 + user - cursor], 'background', 'user', string.format('%d', user), record)
    else
      redis.call('HINCRBY', record, 'total', -1)
    end
  end
  if upto < last then
    redis.call('HSET', schedule, 'cursor', upto)
    return last - upto
  end
  redis.call('HDEL', schedule, 'cursor', 'last')
end

local count = redis.call('HMGET', record, 'done', 'total')
if not count[1] or tonumber(count[1]) >= tonumber(count[2]) then
  end_run(schedule, record, now, '')
  return -1
end
if redis.call('XLEN', KEYS[1]) + redis.call('XLEN', KEYS[2]) + redis.call('ZCARD', leases) + redis.call('ZCARD', retries) == 0 then
  -- Else no other round would ever begin.
  end_run(schedule, record, now, ARGV[9])
  return -1
end
return 0
