-- The open streams of one user. A stream of lines has a tab that begins with 'logs:', which no tab of a page does.
local function is_of_lines(tab)
  return string.sub(tab, 1, 5) == 'logs:'
end

-- How many status streams and how many streams of lines a user has beside the one of `tab`, and when one of their leases may
-- run out, `latest` at the latest. Those that ran out are cleared away.
local function held_streams(key, tab, now, latest)
  local leases = redis.call('HGETALL', key)
  local status, logs, soonest = 0, 0, latest
  for i = 1, #leases, 2 do
    local runs_out = tonumber(string.match(leases[i + 1], ' (%d+)$'))
    if runs_out <= now then
      redis.call('HDEL', key, leases[i])
    elseif leases[i] ~= tab then
      if is_of_lines(leases[i]) then logs = logs + 1 else status = status + 1 end
      soonest = math.min(soonest, runs_out)
    end
  end
  return status, logs, soonest
end

local function has_room(tab, status, logs, most_status, most)
  return status + logs < most and (is_of_lines(tab) or status < most_status)
end

