-- Changes one field of a user and ends all their sessions, which were given to someone with other rights.
-- KEYS: user, the user's sessions. ARGV: prefix of sessions' keys, field, value.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
for _, session in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  redis.call('DEL', ARGV[1] .. session)
end
redis.call('DEL', KEYS[2])
return 1
