-- Makes an API token, unless its user is gone.
-- KEYS: 1 token, 2 all tokens, 3 user, 4 audit log, 5 its outcomes. ARGV: 1 token key, 2 user name, 3 token name, 4 role, 5 intent.
local attempt = audit_intent(KEYS[4], KEYS[5], ARGV[5])
if redis.call('EXISTS', KEYS[3]) == 0 then
  audit_outcome(KEYS[5], attempt, 'refused', 'There is no such user.')
  return 0
end
redis.call('HSET', KEYS[1], 'user', ARGV[2], 'name', ARGV[3], 'role', ARGV[4], 'created', now_ms())
redis.call('SADD', KEYS[2], ARGV[1])
audit_outcome(KEYS[5], attempt, 'succeeded', '')
return 1
