-- Starts a session, unless its id is taken or the user was changed since the password was checked.
-- KEYS: session, user, the user's sessions. ARGV: session key, user name, hash that was checked, idle ms, max ms.
local idle_ms, max_ms = tonumber(ARGV[4]), tonumber(ARGV[5])
local user = redis.call('HMGET', KEYS[2], 'hash', 'disabled')
if user[1] ~= ARGV[3] or user[2] == '1' then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local at = tonumber(now_ms())
redis.call('HSET', KEYS[1], 'user', ARGV[2], 'created', at, 'seen', at)
redis.call('PEXPIRE', KEYS[1], math.min(idle_ms, max_ms))
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', at)
redis.call('ZADD', KEYS[3], at + max_ms, ARGV[1])
redis.call('PEXPIRE', KEYS[3], max_ms)
return 1
