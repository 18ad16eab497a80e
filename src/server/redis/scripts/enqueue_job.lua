-- Queues a job, unless nobody knows what it is about. A request that was made before is answered with the job it got then.
-- KEYS: as in job_lanes.lua; 7 number → user, 8 account → details, 9 accounts lacking details, and only for a request that
--   may come again 10 what it got, "<job id> <fingerprint>"
-- ARGV: as in job_lanes.lua; 3 job id, 4 lane, 5 'user' or 'account', 6 its number, and with the tenth key 7 fingerprint,
--   8 seconds to keep it
-- Answers the job's id, 'unknown', or 'reused' for a request of another fingerprint under a key that was used.
if KEYS[10] then
  local got = redis.call('GET', KEYS[10])
  if got then
    local id, fingerprint = string.match(got, '^(%S+) (.*)$')
    return fingerprint == ARGV[7] and id or 'reused'
  end
end
local is_known
if ARGV[5] == 'user' then
  is_known = redis.call('HEXISTS', KEYS[7], ARGV[6]) == 1
else
  is_known = redis.call('HEXISTS', KEYS[8], ARGV[6]) == 1 or redis.call('SISMEMBER', KEYS[9], ARGV[6]) == 1
end
if not is_known then
  return 'unknown'
end
local id = queue(ARGV[3], ARGV[4], ARGV[5], ARGV[6])
if KEYS[10] then
  redis.call('SET', KEYS[10], id .. ' ' .. ARGV[7], 'EX', ARGV[8])
end
return id
