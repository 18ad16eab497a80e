-- Gives a command to a service, unless another one of its commands is open. A request that was made before is answered with
-- the command it got then.
-- KEYS: as in commands.lua; 8 only for a request that may come again: what it got, "<command id> <fingerprint>"
-- ARGV: as in commands.lua; 4 command id, 5 service, 6 command, 7 actor, 8 reason or empty, 9 intent, 10 ms until it must be
--   accepted, 11 channel, 12 and 13 what is published, before and after the time, 14 '1' if the service shows no signal, and
--   with the eighth key 15 fingerprint, 16 seconds to keep it
-- Answers {'issued', command id, ms when it was published}, {'reused'}, or {'busy', command, actor} of the active one.
local id, service = ARGV[4], ARGV[5]
if KEYS[8] then
  local got = redis.call('GET', KEYS[8])
  if got then
    local first, fingerprint = string.match(got, '^(%S+) (.*)$')
    if fingerprint ~= ARGV[15] then
      return { 'reused' }
    end
    return { 'issued', first, redis.call('HGET', command_prefix .. first, 'requestedAt') or now }
  end
end
local attempt = audit_intent(audit_log, audit_outcomes, ARGV[9])
local busy = redis.call('HGET', active, service)
if busy then
  local other = redis.call('HMGET', command_prefix .. busy, 'command', 'actor')
  if other[1] then
    audit_outcome(audit_outcomes, attempt, 'refused', 'Its ' .. other[1] .. ' by ' .. other[2] .. ' has not ended.')
    return { 'busy', other[1], other[2] }
  end
end
local record = command_prefix .. id
redis.call('HSET', record, 'service', service, 'command', ARGV[6], 'actor', ARGV[7], 'reason', ARGV[8], 'state', 'requested',
  'requestedAt', now, 'changedAt', now, 'attempt', attempt)
redis.call('HSET', latest, service, id)
if KEYS[8] then
  redis.call('SET', KEYS[8], id .. ' ' .. ARGV[15], 'EX', ARGV[16])
end
redis.call('PUBLISH', ARGV[11], ARGV[12] .. now .. ARGV[13])
local listeners = redis.call('PUBSUB', 'NUMSUB', ARGV[11])[2]
if listeners == 0 or ARGV[14] == '1' then
  move(id, record, 'unheard', '', '')
else
  redis.call('HSET', active, service, id)
  redis.call('ZADD', open, string.format('%.0f', tonumber(now) + tonumber(ARGV[10])), id)
  tell(id, record)
end
return { 'issued', id, now }
