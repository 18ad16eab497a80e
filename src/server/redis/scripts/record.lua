-- Writes one status into log, state and history, all or nothing but for the history, whose failure is counted.
-- KEYS: 1 sm:events, 2 sm:status, 3 sm:history-marks, 4 sm:counters. `history` is the key service:history:<id>.
-- Returns the entry's id, or a table with `err`.
local function record(service, history, message, state, limits)
  local seen = now_ms()
  local entry = redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', limits.log_length, '*',
    'kind', 'status', 'seen', seen, 'message', message)
  if type(entry) == 'table' and entry.err then
    return entry
  end
  local kept = redis.pcall('HSET', KEYS[2], service, entry .. ' ' .. seen .. ' ' .. message)
  if type(kept) == 'table' and kept.err then
    redis.call('XDEL', KEYS[1], entry)
    return kept
  end

  local mark = redis.call('HGET', KEYS[3], service)
  local marked_at, marked_state = string.match(mark or '', '^(%d+) (.*)$')
  local due = marked_state ~= state or tonumber(seen) - tonumber(marked_at) >= tonumber(limits.history_every)
  if due then
    local written = redis.pcall('ZADD', history, seen, entry .. ' ' .. message)
    if type(written) == 'table' and written.err then
      redis.pcall('HINCRBY', KEYS[4], 'history_failed', 1)
    else
      redis.pcall('HSET', KEYS[3], service, seen .. ' ' .. state)
      local oldest = string.format('%.0f', tonumber(seen) - tonumber(limits.history_age))
      redis.pcall('ZREMRANGEBYSCORE', history, '-inf', '(' .. oldest)
      redis.pcall('ZREMRANGEBYRANK', history, 0, -(tonumber(limits.history_length) + 1))
      -- Who says nothing more trims nothing more.
      redis.pcall('PEXPIRE', history, limits.history_age)
    end
  end
  return entry
end

