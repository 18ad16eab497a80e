-- Finds out who asks for a stream and takes a lease for one more of theirs, or takes over the stream the same tab already
-- has. The session is not extended.
-- KEYS: 1 session or token. ARGV: 1 prefix of users' keys, 2 idle ms, 3 max ms, 4 prefix of tokens' keys,
-- 5 prefix of the keys of leases, 6 tab, 7 token of the lease, 8 lease in ms, 9 most status streams, 10 most streams of all kinds
-- sm:streams:<user> is a hash: tab → "<token> <time it runs out, ms>"
-- Returns {name, role, 1, 0}; {name, role, 0, ms until a lease may run out}; or nothing for a credential that is not good.
local now, lease_ms = tonumber(now_ms()), tonumber(ARGV[8])
local name, role = credential_holder(KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], now)
if not name then
  return false
end
if string.sub(KEYS[1], 1, #ARGV[4]) == ARGV[4] then
  note_use(KEYS[1], now)
end
local key = ARGV[5] .. name
local status, logs, soonest = held_streams(key, ARGV[6], now, now + lease_ms)
if not has_room(ARGV[6], status, logs, tonumber(ARGV[9]), tonumber(ARGV[10])) then
  return { name, role, 0, soonest - now }
end
redis.call('HSET', key, ARGV[6], ARGV[7] .. ' ' .. string.format('%.0f', now + lease_ms))
redis.call('PEXPIRE', key, lease_ms)
return { name, role, 1, 0 }
