-- Keeps reports of a service in its history service:history:<id>, and that within its limits.

-- What Redis itself needs for an entry, beside its text; in bytes, about.
local ENTRY_COST = 128

-- What a history takes, in bytes, looked up entry by entry.
local function history_bytes(history)
  local bytes, count = 0, 0
  repeat
    local members = redis.call('ZRANGE', history, count, count + 999)
    for _, member in ipairs(members) do
      bytes = bytes + #member + ENTRY_COST
    end
    count = count + #members
  until #members < 1000
  return bytes
end

-- Drops the oldest entries while they are too old, too many or take too much; returns the bytes that are left.
local function trim_history(history, bytes, now, limits)
  local oldest, count = tonumber(now) - limits.age, redis.call('ZCARD', history)
  repeat
    local first, dropped = redis.call('ZRANGE', history, 0, 3, 'WITHSCORES'), 0
    for i = 1, #first, 2 do
      if bytes <= limits.bytes and count <= limits.length and tonumber(first[i + 1]) >= oldest then
        break
      end
      bytes, count, dropped = bytes - #first[i] - ENTRY_COST, count - 1, dropped + 1
    end
    if dropped > 0 then
      redis.call('ZREMRANGEBYRANK', history, 0, dropped - 1)
    end
  until dropped < 4
  return bytes
end

-- Keeps a report if its state is another one, or the last was kept long enough ago. `marks` says of each service when that was,
-- what its history takes, and the state. Returns an error, or nothing.
local function keep_history(marks, service, history, entry, message, state, now, limits)
  local marked_at, bytes, marked_state = string.match(redis.call('HGET', marks, service) or '', '^(%d+) (%d+) (.*)$')
  if marked_state == state and tonumber(now) - tonumber(marked_at) < limits.every then
    return nil
  end
  local member = entry .. ' ' .. message
  -- Who said nothing for long has no history any more.
  local goes_on = bytes and redis.call('EXISTS', history) == 1
  local written = redis.pcall('ZADD', history, now, member)
  if type(written) == 'table' and written.err then
    return written
  end
  bytes = goes_on and tonumber(bytes) + #member + ENTRY_COST or history_bytes(history)
  bytes = trim_history(history, bytes, now, limits)
  redis.pcall('HSET', marks, service, now .. ' ' .. string.format('%.0f', bytes) .. ' ' .. state)
  -- Who says nothing more trims nothing more.
  redis.pcall('PEXPIRE', history, string.format('%.0f', limits.age))
  return nil
end

