-- Who holds an API token, or nil if it is not good: revoked, or of a user who may not come in.
-- Returns the user's name, the user's role and the token's role; the lesser of the two counts.
local function token_holder(token, user_prefix)
  local found = redis.call('HMGET', token, 'user', 'role')
  if not found[1] then return nil end
  local user = redis.call('HMGET', user_prefix .. found[1], 'role', 'disabled')
  if not user[1] or user[2] == '1' then return nil end
  return found[1], user[1], found[2]
end

-- Notes that a token was used, once a minute at most.
local function note_use(token, at)
  local used = redis.call('HGET', token, 'used')
  if not used or at - tonumber(used) >= 60000 then
    redis.pcall('HSET', token, 'used', string.format('%.0f', at))
  end
end
