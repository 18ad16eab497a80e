-- Adds a user, unless the name is taken or, if only the first is wanted, there is any user at all.
-- KEYS: 1 user, 2 names, 3 audit log, 4 its outcomes. ARGV: 1 name, 2 role, 3 hash, 4 '1' for the first user only, 5 intent.
if ARGV[4] == '1' and redis.call('SCARD', KEYS[2]) > 0 then return 0 end
local attempt = audit_intent(KEYS[3], KEYS[4], ARGV[5])
if redis.call('EXISTS', KEYS[1]) == 1 then
  audit_outcome(KEYS[4], attempt, 'refused', 'There is such a user already.')
  return 0
end
redis.call('HSET', KEYS[1], 'role', ARGV[2], 'hash', ARGV[3], 'disabled', '0', 'created', now_ms())
redis.call('SADD', KEYS[2], ARGV[1])
audit_outcome(KEYS[4], attempt, 'succeeded', '')
return 1
