-- Counts a service's jobs by where they are, each count kept by Redis and not made by looking at jobs.
-- KEYS: as in job_lanes.lua
-- ARGV: as in job_lanes.lua; 3 seconds for which dead letters are kept
-- Answers {waiting in the priority lane, in the background lane, running, to be tried again, dead}.
local function waiting(lane)
  local taken = value_of(group_of(lane), 'pending')
  return redis.call('XLEN', lane) - taken
end

return { waiting(KEYS[1]), waiting(KEYS[2]), redis.call('ZCARD', leases), redis.call('ZCARD', retries),
  redis.call('ZCOUNT', dead_letters, '(' .. later(-1000 * tonumber(ARGV[3])), '+inf') }
