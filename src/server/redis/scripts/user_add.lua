-- Adds a user, unless the name is taken or, if only the first is wanted, there is any user at all.
-- KEYS: user, names. ARGV: name, role, hash, '1' for the first user only.
if ARGV[4] == '1' and redis.call('SCARD', KEYS[2]) > 0 then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'role', ARGV[2], 'hash', ARGV[3], 'disabled', '0', 'created', now_ms())
redis.call('SADD', KEYS[2], ARGV[1])
return 1
