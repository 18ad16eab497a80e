-- Starts a session, unless its id is taken or the user was changed since the password was checked.
-- KEYS: 1 session, 2 user, 3 the user's sessions, 4 audit log, 5 its outcomes. ARGV: 1 session key, 2 user name, 3 hash that
--   was checked, 4 idle ms, 5 max ms, 6 intent, 7 address, 8 what the browser calls itself.
local idle_ms, max_ms = tonumber(ARGV[4]), tonumber(ARGV[5])
local user = redis.call('HMGET', KEYS[2], 'hash', 'disabled')
if user[1] ~= ARGV[3] or user[2] == '1' then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local attempt = audit_intent(KEYS[4], KEYS[5], ARGV[6])
local at = tonumber(now_ms())
redis.call('HSET', KEYS[1], 'user', ARGV[2], 'created', at, 'seen', at, 'address', ARGV[7], 'agent', ARGV[8])
redis.call('PEXPIRE', KEYS[1], math.min(idle_ms, max_ms))
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', at)
redis.call('ZADD', KEYS[3], at + max_ms, ARGV[1])
redis.call('PEXPIRE', KEYS[3], max_ms)
audit_outcome(KEYS[5], attempt, 'succeeded', '')
return 1
