-- Queues a job, unless nobody knows what it is about. A request that was made before is answered with the job it got then.
-- KEYS: as in job_lanes.lua; 7 number → user, 8 account → details, 9 accounts lacking details, 10 audit log, 11 its outcomes,
--   and only for a request that may come again 12 what it got, "<job id> <fingerprint>"
-- ARGV: as in job_lanes.lua; 3 job id, 4 lane, 5 'user' or 'account', 6 its number, 7 intent, and with the 12th key
--   8 fingerprint, 9 seconds to keep it
-- Answers the job's id, 'unknown', 'stopped' if somebody asks for it while the service is, or
-- 'reused' for a request of another fingerprint under a key that was used.

-- How many of those who asked for a job are told of its end in the audit.
local JOINERS = 100

if KEYS[12] then
  local got = redis.call('GET', KEYS[12])
  if got then
    local id, fingerprint = string.match(got, '^(%S+) (.*)$')
    return fingerprint == ARGV[8] and id or 'reused'
  end
end
local attempt = audit_intent(KEYS[10], KEYS[11], ARGV[7])
if attempt and redis.call('HGET', WANTED, service) == 'stopped' then
  audit_outcome(KEYS[11], attempt, 'refused', service .. ' is stopped.')
  return 'stopped'
end
local is_known
if ARGV[5] == 'user' then
  is_known = redis.call('HEXISTS', KEYS[7], ARGV[6]) == 1
else
  is_known = redis.call('HEXISTS', KEYS[8], ARGV[6]) == 1 or redis.call('SISMEMBER', KEYS[9], ARGV[6]) == 1
end
if not is_known then
  audit_outcome(KEYS[11], attempt, 'refused', 'There is no such ' .. ARGV[5] .. '.')
  return 'unknown'
end
local id = queue(ARGV[3], ARGV[4], ARGV[5], ARGV[6])
if attempt then
  -- Whoever joins a job hears of its end as well, unless that would be too many.
  local others = redis.call('HGET', prefix .. id, 'audits') or ''
  local _, count = string.gsub(others, '%S+', '')
  if count < JOINERS then
    redis.call('HSET', prefix .. id, 'audits', count == 0 and attempt or others .. ' ' .. attempt)
  else
    audit_outcome(KEYS[11], attempt, 'succeeded', 'It joined job ' .. id .. '.')
  end
end
if KEYS[12] then
  redis.call('SET', KEYS[12], id .. ' ' .. ARGV[8], 'EX', ARGV[9])
end
return id
