-- Marks as closed what a user is known to have and what is not in the whole list of their accounts. What somebody else met
-- after the list was asked for may have come after it. What belongs to another user by now is only theirs.
-- KEYS: the user's accounts, account → when it was found closed, account → when it was met as news, account → user,
--   channel on which pages are told
-- ARGV: when the list was asked for in ms, the user, then the numbers of all accounts in the list
-- Answers how many were open until now.
local is_listed = {}
for i = 3, #ARGV do
  is_listed[ARGV[i]] = true
end
local now, closed, moved = now_ms(), 0, 0
for _, account in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if not is_listed[account] then
    local met = redis.call('HGET', KEYS[3], account)
    local owner = redis.call('HGET', KEYS[4], account)
    if owner and owner ~= ARGV[2] then
      moved = moved + redis.call('SREM', KEYS[1], account)
    elseif not met or tonumber(met) < tonumber(ARGV[1]) then
      closed = closed + redis.call('HSETNX', KEYS[2], account, now)
    end
  end
end
if closed + moved > 0 then
  redis.call('PUBLISH', KEYS[5], ARGV[2])
end
return closed
