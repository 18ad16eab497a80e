-- Whether whoever follows the log may go on.
-- KEYS: 1 sm:epoch, 2 sm:events. Returns the epoch as it stands, how many entries there are, and the oldest one's id.
local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)
return { redis.call('HGET', KEYS[1], 'epoch'), redis.call('XLEN', KEYS[2]), first[1] and first[1][1] or '0-0' }
