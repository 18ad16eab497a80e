-- Takes a lease for one more stream of a user, or takes over the stream the same tab already has.
-- KEYS: 1 sm:streams:<user>, hash: tab → "<token> <time it runs out, ms>"
-- ARGV: tab, token, lease in ms, limit. Returns {1, 0}, or {0, ms until a lease may run out}.
local now = tonumber(now_ms())
local leases = redis.call('HGETALL', KEYS[1])
local held, soonest = 0, now + tonumber(ARGV[3])
for i = 1, #leases, 2 do
  local runs_out = tonumber(string.match(leases[i + 1], ' (%d+)$'))
  if runs_out <= now then
    redis.call('HDEL', KEYS[1], leases[i])
  elseif leases[i] ~= ARGV[1] then
    held = held + 1
    soonest = math.min(soonest, runs_out)
  end
end
if held >= tonumber(ARGV[4]) then
  return { 0, soonest - now }
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. string.format('%.0f', now + tonumber(ARGV[3])))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return { 1, 0 }
