-- Renews the leases of some of an instance's open streams. A lease with another token was taken over by the same tab.
-- KEYS: sm:streams:<user> of each stream. ARGV: lease in ms, most status streams, most streams of all
-- kinds, then tab and token of each stream.
-- Returns 1 (renewed) or 0 (lost) for each.
local now, most_status, most = tonumber(now_ms()), tonumber(ARGV[2]), tonumber(ARGV[3])
local runs_out = string.format('%.0f', now + tonumber(ARGV[1]))
local answer = {}
for i = 1, #KEYS do
  local tab, token = ARGV[2 * i + 2], ARGV[2 * i + 3]
  local lease = redis.call('HGET', KEYS[i], tab)
  local is_ours = lease and string.match(lease, '^(%S+) ') == token
  local ran_out_with_room = false
  if not lease then
    local status, logs = held_streams(KEYS[i], tab, now, now)
    ran_out_with_room = has_room(tab, status, logs, most_status, most)
  end
  if is_ours or ran_out_with_room then
    redis.call('HSET', KEYS[i], tab, token .. ' ' .. runs_out)
    redis.call('PEXPIRE', KEYS[i], ARGV[1])
    answer[i] = 1
  else
    answer[i] = 0
  end
end
return answer
