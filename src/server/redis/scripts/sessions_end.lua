-- Ends sessions of a user: some, or all. Nobody is kept in because that cannot be written down.
-- KEYS: 1 the user's sessions, 2 audit log, 3 its outcomes. ARGV: 1 prefix of sessions' keys, 2 intent, 3 '1' for all of them,
--   otherwise the keys of those to end follow.
-- Answers the keys of those that were there.
local is_written, attempt = pcall(audit_intent, KEYS[2], KEYS[3], ARGV[2])
local sessions = { unpack(ARGV, 4) }
if ARGV[3] == '1' then
  sessions = redis.call('ZRANGE', KEYS[1], 0, -1)
end
local ended = {}
for _, session in ipairs(sessions) do
  if redis.call('DEL', ARGV[1] .. session) == 1 then
    ended[#ended + 1] = session
  end
  redis.call('ZREM', KEYS[1], session)
end
if is_written then
  if #ended > 0 then
    pcall(audit_outcome, KEYS[3], attempt, 'succeeded', '')
  else
    pcall(audit_outcome, KEYS[3], attempt, 'refused', 'There is no such session.')
  end
end
return ended
