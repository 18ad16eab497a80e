-- Changes one field of a user and ends all their sessions, which were given to someone with other rights.
-- KEYS: 1 user, 2 the user's sessions, 3 audit log, 4 its outcomes. ARGV: 1 prefix of sessions' keys, 2 field, 3 value, 4 intent.
local attempt = audit_intent(KEYS[3], KEYS[4], ARGV[4])
if redis.call('EXISTS', KEYS[1]) == 0 then
  audit_outcome(KEYS[4], attempt, 'refused', 'There is no such user.')
  return 0
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
for _, session in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  redis.call('DEL', ARGV[1] .. session)
end
redis.call('DEL', KEYS[2])
audit_outcome(KEYS[4], attempt, 'succeeded', '')
return 1
