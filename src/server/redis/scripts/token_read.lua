-- Who holds an API token; notes that it was used, once a minute at most.
-- KEYS: token. ARGV: prefix of users' keys.
local name, users_role, tokens_role = token_holder(KEYS[1], ARGV[1])
if not name then return {} end
local at = now_ms()
local used = redis.call('HGET', KEYS[1], 'used')
if not used or tonumber(at) - tonumber(used) >= 60000 then
  redis.pcall('HSET', KEYS[1], 'used', at)
end
return { name, users_role, tokens_role }
