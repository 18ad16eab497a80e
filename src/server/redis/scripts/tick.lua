-- Starts a new count of positions: every inbox hears the number between the same two messages.
-- KEYS: 1 sm:epoch, 2 sm:tick. ARGV: a fresh epoch. Returns the epoch and the number.
local epoch = current_epoch(KEYS[1], ARGV[1])
local number = redis.call('INCR', KEYS[2])
redis.call('PUBLISH', KEYS[2], number)
return { epoch, number }
