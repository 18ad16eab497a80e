-- Marks as closed what a user is known to have and what is not in the whole list of their accounts. What somebody else met
-- after the list was asked for may have come after it.
-- KEYS: the user's accounts, account → when it was found closed, account → when it was met as news
-- ARGV: when the list was asked for in ms, then the numbers of all accounts in it
-- Answers how many were open until now.
local is_listed = {}
for i = 2, #ARGV do
  is_listed[ARGV[i]] = true
end
local now, closed = now_ms(), 0
for _, account in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if not is_listed[account] then
    local met = redis.call('HGET', KEYS[3], account)
    if not met or tonumber(met) < tonumber(ARGV[1]) then
      closed = closed + redis.call('HSETNX', KEYS[2], account, now)
    end
  end
end
return closed
