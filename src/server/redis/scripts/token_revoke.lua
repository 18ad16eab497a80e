-- Makes an API token useless. KEYS: 1 token, 2 all tokens, 3 audit log, 4 its outcomes. ARGV: 1 token key, 2 intent.
local attempt = audit_intent(KEYS[3], KEYS[4], ARGV[2])
redis.call('SREM', KEYS[2], ARGV[1])
local revoked = redis.call('DEL', KEYS[1])
if revoked == 1 then
  audit_outcome(KEYS[4], attempt, 'succeeded', '')
else
  audit_outcome(KEYS[4], attempt, 'refused', 'There is no such token.')
end
return revoked
