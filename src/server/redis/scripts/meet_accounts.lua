-- Keeps the accounts of a user, and remembers those whose details are not known yet.
-- KEYS: the user's accounts, account → details, accounts lacking details
-- ARGV: account numbers
-- Answers how many of them the user was not known to have.
local new = 0
for _, account in ipairs(ARGV) do
  if redis.call('HEXISTS', KEYS[2], account) == 0 then
    redis.call('SADD', KEYS[3], account)
  end
  new = new + redis.call('SADD', KEYS[1], account)
end
return new
