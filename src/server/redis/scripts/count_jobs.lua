-- Counts a service's jobs by where they are, each count kept by Redis and not made by looking at jobs.
-- KEYS: as in job_lanes.lua
-- ARGV: as in job_lanes.lua; 3 seconds for which dead letters are kept
-- Answers {waiting in the priority lane, in the background lane, running, to be tried again, dead}.
make_groups()
local waiting = {}

-- The value that follows a name in a flat list.
local function value(list, name)
  for i = 1, #list, 2 do
    if list[i] == name then
      return list[i + 1]
    end
  end
end

for lane = 1, 2 do
  local taken = value(redis.call('XINFO', 'GROUPS', KEYS[lane])[1], 'pending')
  waiting[lane] = redis.call('XLEN', KEYS[lane]) - taken
end
return { waiting[1], waiting[2], redis.call('ZCARD', leases), redis.call('ZCARD', retries),
  redis.call('ZCOUNT', dead_letters, '(' .. later(-1000 * tonumber(ARGV[3])), '+inf') }
