-- Which sessions and API tokens are still good: 1 or 0 for each, in order. Extends none.
-- KEYS: sessions and tokens. ARGV: prefix of users' keys, idle ms, max ms, prefix of tokens' keys.
local idle_ms, max_ms = tonumber(ARGV[2]), tonumber(ARGV[3])
local at = tonumber(now_ms())
local answers = {}
for index, key in ipairs(KEYS) do
  local is_token = string.sub(key, 1, #ARGV[4]) == ARGV[4]
  local holder = is_token and token_holder(key, ARGV[1]) or not is_token and session_holder(key, ARGV[1], idle_ms, max_ms, at)
  answers[index] = holder and 1 or 0
end
return answers
