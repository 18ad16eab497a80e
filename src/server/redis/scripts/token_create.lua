-- Makes an API token, unless its user is gone.
-- KEYS: token, all tokens, user. ARGV: token key, user name, token name, role.
if redis.call('EXISTS', KEYS[3]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'user', ARGV[2], 'name', ARGV[3], 'role', ARGV[4], 'created', now_ms())
redis.call('SADD', KEYS[2], ARGV[1])
return 1
