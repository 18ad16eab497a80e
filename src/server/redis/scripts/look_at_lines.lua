-- Where the lines stand, for whoever follows them. KEYS: 1 sm:epoch, 2 sm:logs. ARGV: a fresh epoch.
-- Returns the epoch, Redis's time, and the ids of the oldest and of the newest entry.
local epoch = current_epoch(KEYS[1], ARGV[1])
local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
return { epoch, now_ms(), first[1] and first[1][1] or '0-0', last[1] and last[1][1] or '0-0' }
