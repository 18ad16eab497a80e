-- All that is known at one position of the log.
-- KEYS: 1 sm:epoch, 2 sm:events, 3 sm:status. ARGV: a fresh epoch.
-- Returns the epoch, the last entry's id, Redis's time, and the whole of sm:status.
local epoch = current_epoch(KEYS[1], ARGV[1])
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
return { epoch, last[1] and last[1][1] or '0-0', now_ms(), redis.call('HGETALL', KEYS[3]) }
