-- Queues a job and writes its record, unless nobody knows what it is about. A request that was made before is answered
-- with the job it made then.
-- KEYS: 1 the lane, 2 the job's record, 3 number → user, 4 account → details, 5 accounts lacking details, and only for
--   a request that may come again 6 what it made, "<job id> <fingerprint>"
-- ARGV: job id, service, lane, 'user' or 'account', its number, and with the sixth key fingerprint, seconds to keep it
-- Answers the job's id, 'unknown', or 'reused' for a request of another fingerprint under a key that was used.
if KEYS[6] then
  local made = redis.call('GET', KEYS[6])
  if made then
    local id, fingerprint = string.match(made, '^(%S+) (.*)$')
    return fingerprint == ARGV[6] and id or 'reused'
  end
end
local is_known
if ARGV[4] == 'user' then
  is_known = redis.call('HEXISTS', KEYS[3], ARGV[5]) == 1
else
  is_known = redis.call('HEXISTS', KEYS[4], ARGV[5]) == 1 or redis.call('SISMEMBER', KEYS[5], ARGV[5]) == 1
end
if not is_known then
  return 'unknown'
end
redis.call('XADD', KEYS[1], '*', 'job', ARGV[1], ARGV[4], ARGV[5])
redis.call('HSET', KEYS[2], 'service', ARGV[2], 'lane', ARGV[3], ARGV[4], ARGV[5], 'state', 'waiting', 'attempts', 0,
  'createdAt', now_ms())
if KEYS[6] then
  redis.call('SET', KEYS[6], ARGV[1] .. ' ' .. ARGV[6], 'EX', ARGV[7])
end
return ARGV[1]
