-- What scripts have in common that do what somebody asked for. The intent is the first thing such a script writes: where it
-- cannot be written, Redis ends the script there and nothing has happened. An intent is JSON, or empty for what nobody asked.
-- The log is a stream; what came of an entry stands in a hash beside it, as "<verdict> <ms> <message>".
local AUDIT_LENGTH = 100000

-- Writes an intent; answers its entry's id, or false if there is none. The oldest entries give way.
local function audit_intent(log, outcomes, intent)
  if intent == '' then
    return false
  end
  local entry = redis.call('XADD', log, '*', 'intent', intent)
  if redis.call('XLEN', log) > AUDIT_LENGTH then
    for _, oldest in ipairs(redis.call('XRANGE', log, '-', '+', 'COUNT', 2)) do
      redis.call('HDEL', outcomes, oldest[1])
      redis.call('XDEL', log, oldest[1])
    end
  end
  return entry
end

-- Writes what came of an intent.
local function audit_outcome(outcomes, entry, verdict, message)
  if entry then
    redis.call('HSET', outcomes, entry, verdict .. ' ' .. now_ms() .. ' ' .. message)
  end
end

