-- Where a service's schedule stands.
-- KEYS: 1 schedule
-- ARGV: 1 interval in ms
-- Answers {Redis's time, when the next run is due or '' for at once, whether a run is under way, its done, its total,
-- whether users of it are still to be queued, whether its holder has lost it, whether somebody holds it}.
local now = now_ms()
local kept = redis.call('HMGET', KEYS[1], 'began', 'run', 'lease', 'cursor')
local due = kept[1] and string.format('%.0f', tonumber(kept[1]) + tonumber(ARGV[1])) or ''
local progress = kept[2] and redis.call('HMGET', kept[2], 'done', 'total') or {}
local is_lost = kept[3] and tonumber(kept[3]) <= tonumber(now)
return { now, due, kept[2] and 1 or 0, tonumber(progress[1] or 0), tonumber(progress[2] or 0), kept[4] and 1 or 0,
  is_lost and 1 or 0, kept[3] and not is_lost and 1 or 0 }
