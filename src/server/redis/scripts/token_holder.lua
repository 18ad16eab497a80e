-- Who holds an API token, or nil if it is not good: revoked, or of a user who may not come in.
-- Returns the user's name, the user's role and the token's role; the lesser of the two counts.
local function token_holder(token, user_prefix)
  local found = redis.call('HMGET', token, 'user', 'role')
  if not found[1] then return nil end
  local user = redis.call('HMGET', user_prefix .. found[1], 'role', 'disabled')
  if not user[1] or user[2] == '1' then return nil end
  return found[1], user[1], found[2]
end
