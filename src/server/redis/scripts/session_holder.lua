-- Who holds a session, or nil if it is not good: ended, run out, or of a user who may not come in.
-- Returns name, role, and when the session began.
local function session_holder(session, user_prefix, idle_ms, max_ms, at)
  local found = redis.call('HMGET', session, 'user', 'created', 'seen')
  local name, created, seen = found[1], tonumber(found[2]), tonumber(found[3])
  if not name or not created or not seen then return nil end
  if at - created >= max_ms or at - seen >= idle_ms then return nil end
  local user = redis.call('HMGET', user_prefix .. name, 'role', 'disabled')
  if not user[1] or user[2] == '1' then return nil end
  return name, user[1], created
end
