-- Claims a service's periodic run if one is due, so that of several workers only one does it.
-- KEYS: service id → when its latest run began
-- ARGV: service id, interval in ms
-- Answers 1 if the run is the caller's.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local latest = tonumber(redis.call('HGET', KEYS[1], ARGV[1]))
if latest and now - latest < tonumber(ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d', now))
return 1
