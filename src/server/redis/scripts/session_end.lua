-- Ends a session. KEYS: session. ARGV: session key, prefix of the keys of users' sessions.
-- Answers the name of its user, or nil if there was no session.
local name = redis.call('HGET', KEYS[1], 'user')
if not name then return nil end
redis.call('DEL', KEYS[1])
redis.call('ZREM', ARGV[2] .. name, ARGV[1])
return name
