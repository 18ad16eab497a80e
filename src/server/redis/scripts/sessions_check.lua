-- Which sessions are still good: 1 or 0 for each, in order. Extends none.
-- KEYS: sessions. ARGV: prefix of users' keys, idle ms, max ms.
local idle_ms, max_ms = tonumber(ARGV[2]), tonumber(ARGV[3])
local at = tonumber(now_ms())
local answers = {}
for index, session in ipairs(KEYS) do
  answers[index] = session_holder(session, ARGV[1], idle_ms, max_ms, at) and 1 or 0
end
return answers
