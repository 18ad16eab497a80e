-- Lists jobs of a service that are in one place: waiting ones in the order in which they are taken, those to be tried again
-- the next one first, all others the newest first.
-- KEYS: as in job_lanes.lua
-- ARGV: as in job_lanes.lua; 3 'priority', 'background', 'running', 'retrying', 'dead' or 'done', 4 the position to go on
--   after, or nothing, 5 how many, 6 seconds for which ended ones are listed
-- Answers for each {position, job id, its record}. A position is an entry of the lane, or '<time in ms> <job id>'.
local list, after, most = ARGV[3], ARGV[4], tonumber(ARGV[5])
local found = {}

local function add(position, id)
  local record = redis.call('HGETALL', prefix .. id)
  if #record > 0 then
    found[#found + 1] = { position, id, record }
  end
end

-- What the group was not given yet waits.
local function add_waiting(lane)
  local from = value_of(group_of(lane), 'last-delivered-id')
  local function parts(entry)
    local ms, sequence = string.match(entry, '^(%d+)-(%d+)$')
    return tonumber(ms or 0), tonumber(sequence or 0)
  end
  local ms, sequence = parts(from)
  local asked_ms, asked_sequence = parts(after)
  if asked_ms > ms or asked_ms == ms and asked_sequence > sequence then
    from = after
  end
  for _, entry in ipairs(redis.call('XRANGE', lane, '(' .. from, '+', 'COUNT', most)) do
    add(entry[1], entry[2][2])
  end
end

local after_time, after_id = string.match(after, '^(%d+) (.+)$')

-- Whether this one comes no later in the list than the position to go on after.
local function is_past(time, id, newest_first)
  if not after_time then
    return false
  end
  local apart = tonumber(time) - tonumber(after_time)
  if apart == 0 then
    return newest_first and id >= after_id or not newest_first and id <= after_id
  end
  return newest_first == (apart > 0)
end

local function add_by_time(key, newest_first, oldest)
  local command = newest_first and 'ZREVRANGEBYSCORE' or 'ZRANGEBYSCORE'
  local from = after_time or (newest_first and '+inf' or '-inf')
  local offset, page = 0, nil
  repeat
    page = redis.call(command, key, from, newest_first and oldest or '+inf', 'WITHSCORES', 'LIMIT', offset, most)
    for i = 1, #page, 2 do
      if #found < most and not is_past(page[i + 1], page[i], newest_first) then
        add(page[i + 1] .. ' ' .. page[i], page[i])
      end
    end
    offset = offset + most
  until #found >= most or #page == 0
end

-- There are no more of them than workers have hands. Their leases say nothing of the order in which they began.
local function add_running()
  local running = {}
  for _, id in ipairs(redis.call('ZRANGE', leases, 0, 999)) do
    running[#running + 1] = { redis.call('HGET', prefix .. id, 'startedAt') or '0', id }
  end
  table.sort(running, function(one, other)
    if one[1] == other[1] then
      return one[2] > other[2]
    end
    return tonumber(one[1]) > tonumber(other[1])
  end)
  for _, job in ipairs(running) do
    if #found < most and not is_past(job[1], job[2], true) then
      add(job[1] .. ' ' .. job[2], job[2])
    end
  end
end

local oldest = later(-1000 * tonumber(ARGV[6]))
if lanes[list] then
  add_waiting(lanes[list])
elseif list == 'running' then
  add_running()
elseif list == 'retrying' then
  add_by_time(retries, false)
else
  add_by_time(list == 'dead' and dead_letters or done_jobs, true, '(' .. oldest)
end
return found
