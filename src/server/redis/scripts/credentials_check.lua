-- Which sessions and API tokens are still good. Extends none.
-- KEYS: sessions and tokens. ARGV: prefix of users' keys, idle ms, max ms, prefix of tokens' keys.
-- Returns Redis's time, then 1 or 0 for each, in order.
local at = now_ms()
local answer = { at }
for index, key in ipairs(KEYS) do
  local holder = credential_holder(key, ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], tonumber(at))
  answer[index + 1] = holder and 1 or 0
end
return answer
