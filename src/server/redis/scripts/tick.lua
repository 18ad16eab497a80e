-- Starts a new count of positions: every inbox hears the number between the same two messages. Where Redis does not write there
-- is no new number; whoever listens is told by an empty one that the connection stands all the same.
-- KEYS: 1 sm:epoch, 2 sm:tick. ARGV: a fresh epoch. Returns the epoch and the number.
local epoch = current_epoch(KEYS[1], ARGV[1])
local number = redis.pcall('INCR', KEYS[2])
if type(number) == 'table' and number.err then
  redis.call('PUBLISH', KEYS[2], '')
  return number
end
redis.call('PUBLISH', KEYS[2], number)
return { epoch, number }
