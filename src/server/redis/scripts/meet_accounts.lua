-- Keeps the accounts of a user, and remembers those whose details are not known yet. One that was closed is open again.
-- KEYS: the user's accounts, account → details, accounts lacking details, account → when it was found closed, account →
--   when it was met as news, channel on which pages are told
-- ARGV: the user, then account numbers
-- Answers how many of them the user was not known to have, and how many were closed.
local now, new, reopened = now_ms(), 0, 0
for i = 2, #ARGV do
  local account = ARGV[i]
  if redis.call('HEXISTS', KEYS[2], account) == 0 then
    redis.call('SADD', KEYS[3], account)
  end
  local is_new = redis.call('SADD', KEYS[1], account)
  local was_closed = redis.call('HDEL', KEYS[4], account)
  if is_new + was_closed > 0 then
    redis.call('HSET', KEYS[5], account, now)
  end
  new, reopened = new + is_new, reopened + was_closed
end
if new + reopened > 0 then
  redis.call('PUBLISH', KEYS[6], ARGV[1])
end
return { new, reopened }
