-- Writes one status into log, state and history, all or nothing but for the history, whose failure is counted.
-- KEYS: 1 sm:events, 2 sm:status, 3 sm:history-marks, 4 sm:counters. `history` is the key service:history:<id>.
-- ARGV: 1 log_length, then of a history: 2 ms between two reports of one state, 3 ms kept, 4 reports kept, 5 bytes kept.
-- Returns the entry's id, or a table with `err`.
local LIMITS = { every = tonumber(ARGV[2]), age = tonumber(ARGV[3]), length = tonumber(ARGV[4]), bytes = tonumber(ARGV[5]) }

local function record(service, history, message, state)
  local seen = now_ms()
  local entry = redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*',
    'kind', 'status', 'seen', seen, 'message', message)
  if type(entry) == 'table' and entry.err then
    return entry
  end
  local kept = redis.pcall('HSET', KEYS[2], service, entry .. ' ' .. seen .. ' ' .. message)
  if type(kept) == 'table' and kept.err then
    redis.call('XDEL', KEYS[1], entry)
    return kept
  end
  if keep_history(KEYS[3], service, history, entry, message, state, seen, LIMITS) then
    redis.pcall('HINCRBY', KEYS[4], 'history_failed', 1)
  end
  return entry
end

