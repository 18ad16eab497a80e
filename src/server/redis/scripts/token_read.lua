-- Who holds an API token; notes that it was used.
-- KEYS: token. ARGV: prefix of users' keys.
local name, users_role, tokens_role = token_holder(KEYS[1], ARGV[1])
if not name then return {} end
note_use(KEYS[1], tonumber(now_ms()))
return { name, users_role, tokens_role }
