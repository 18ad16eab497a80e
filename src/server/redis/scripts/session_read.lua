-- Who holds a session; extends its idle time if asked to. Never brings an ended session back. Nobody is kept out because Redis
-- has no room to write that down: then the idle time goes on.
-- KEYS: session. ARGV: prefix of users' keys, idle ms, max ms, '1' to extend.
local idle_ms, max_ms = tonumber(ARGV[2]), tonumber(ARGV[3])
local at = tonumber(now_ms())
local name, role, created = session_holder(KEYS[1], ARGV[1], idle_ms, max_ms, at)
if not name then return {} end
if ARGV[4] == '1' then
  redis.pcall('HSET', KEYS[1], 'seen', at)
  redis.pcall('PEXPIRE', KEYS[1], math.min(idle_ms, created + max_ms - at))
end
return { name, role }
