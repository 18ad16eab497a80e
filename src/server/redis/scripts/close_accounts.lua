-- Marks as closed what a user is known to have and what is not in the whole list of their accounts.
-- KEYS: the user's accounts, account → when it was found closed
-- ARGV: the numbers of all accounts in the list
-- Answers how many were open until now.
local is_listed = {}
for _, account in ipairs(ARGV) do
  is_listed[account] = true
end
local now, closed = now_ms(), 0
for _, account in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if not is_listed[account] then
    closed = closed + redis.call('HSETNX', KEYS[2], account, now)
  end
end
return closed
