-- Changes one field of a user and, if it was another, ends all their sessions, which were given to someone with other rights.
-- KEYS: 1 user, 2 the user's sessions, 3 audit log, 4 its outcomes, 5 names. ARGV: 1 prefix of sessions' keys, 2 field, 3 value,
--   4 intent, 5 prefix of users' keys.
-- Answers 'changed', 'unknown', or 'last' if nobody could administer any more.
local function may_administer(user)
  local known = redis.call('HMGET', user, 'role', 'disabled')
  return known[1] == 'admin' and known[2] ~= '1'
end

local function is_the_last()
  if not may_administer(KEYS[1]) then
    return false
  end
  for _, name in ipairs(redis.call('SMEMBERS', KEYS[5])) do
    local other = ARGV[5] .. name
    if other ~= KEYS[1] and may_administer(other) then
      return false
    end
  end
  return true
end

local attempt = audit_intent(KEYS[3], KEYS[4], ARGV[4])
if redis.call('EXISTS', KEYS[1]) == 0 then
  audit_outcome(KEYS[4], attempt, 'refused', 'There is no such user.')
  return 'unknown'
end
local takes_away = (ARGV[2] == 'disabled' and ARGV[3] == '1') or (ARGV[2] == 'role' and ARGV[3] ~= 'admin')
if takes_away and is_the_last() then
  audit_outcome(KEYS[4], attempt, 'refused', 'Nobody could administer any more.')
  return 'last'
end
-- Somebody who was never kept out has no such field.
local before = redis.call('HGET', KEYS[1], ARGV[2]) or (ARGV[2] == 'disabled' and '0')
if before ~= ARGV[3] then
  redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
  for _, session in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    redis.call('DEL', ARGV[1] .. session)
  end
  redis.call('DEL', KEYS[2])
end
audit_outcome(KEYS[4], attempt, 'succeeded', '')
return 'changed'
