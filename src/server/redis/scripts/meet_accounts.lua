-- Keeps the accounts of a user, and remembers those whose details are not known yet. One that was closed is open again.
-- KEYS: the user's accounts, account → details, accounts lacking details, account → when it was found closed
-- ARGV: account numbers
-- Answers how many of them the user was not known to have, and how many were closed.
local new, reopened = 0, 0
for _, account in ipairs(ARGV) do
  if redis.call('HEXISTS', KEYS[2], account) == 0 then
    redis.call('SADD', KEYS[3], account)
  end
  new = new + redis.call('SADD', KEYS[1], account)
  reopened = reopened + redis.call('HDEL', KEYS[4], account)
end
return { new, reopened }
