-- Forgets a service: its state, its history and what it was told. It comes back by itself when it is heard again.
-- Its position stays, so that no inbox that was frozen brings back what it said before.
-- KEYS: 1 sm:events, 2 sm:status, 3 sm:history-marks, 4 service:history:<id>, 5 latest: service -> command, 6 wanted, 7 audit log,
--   8 its outcomes. ARGV: 1 length of the event log, 2 service, 3 intent, 4 the message.
-- Answers 1, or 0 if there is no such service.
local service = ARGV[2]
local attempt = audit_intent(KEYS[7], KEYS[8], ARGV[3])
if redis.call('HEXISTS', KEYS[2], service) == 0 then
  audit_outcome(KEYS[8], attempt, 'refused', 'There is no such service.')
  return 0
end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'kind', 'removed', 'message', ARGV[4])
redis.call('HDEL', KEYS[2], service)
redis.call('HDEL', KEYS[3], service)
redis.call('DEL', KEYS[4])
redis.call('HDEL', KEYS[5], service)
redis.call('HDEL', KEYS[6], service)
audit_outcome(KEYS[8], attempt, 'succeeded', '')
return 1
