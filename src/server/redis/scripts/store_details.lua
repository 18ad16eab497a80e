-- Keeps an account's details.
-- KEYS: account → details, accounts lacking details
-- ARGV: account, the details as JSON
-- Answers 1 if they differ from those kept before.
local kept = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('SREM', KEYS[2], ARGV[1])
return kept == ARGV[2] and 0 or 1
