-- Ends a session. KEYS: session. ARGV: session key, prefix of the keys of users' sessions.
local name = redis.call('HGET', KEYS[1], 'user')
if not name then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', ARGV[2] .. name, ARGV[1])
return 1
