-- Redis's time in ms since the Unix epoch, as a string of digits.
local function now_ms()
  local time = redis.call('TIME')
  return string.format('%d%03d', time[1], math.floor(time[2] / 1000))
end

