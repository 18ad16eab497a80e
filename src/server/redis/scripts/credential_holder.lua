-- Who holds a session or an API token, or nil if it is not good. Returns the user's name and role.
local function credential_holder(key, user_prefix, idle_ms, max_ms, token_prefix, at)
  if string.sub(key, 1, #token_prefix) == token_prefix then
    return token_holder(key, user_prefix)
  end
  return session_holder(key, user_prefix, idle_ms, max_ms, at)
end
