-- Counts a message that was refused at the door and keeps a sample of it, once, however many inboxes heard it.
-- KEYS: 1 sm:epoch, 2 sm:adopted, 3 sm:counters, 4 sm:rejected, 5 sm:tick
-- ARGV: epoch, tick, count, sample, samples kept. Returns what became of it, in the words of adopt.lua.
local epoch, tick, count = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if redis.call('HGET', KEYS[1], 'epoch') ~= epoch or tick > tonumber(redis.call('GET', KEYS[5]) or 0) then
  return 'stale'
end
local last_epoch, last_tick, last_count =
  string.match(redis.call('HGET', KEYS[2], '(rejected)') or '', '^(%w+) (%d+) (%d+)$')
if last_epoch == epoch then
  last_tick, last_count = tonumber(last_tick), tonumber(last_count)
  if tick < last_tick or (tick == last_tick and count <= last_count) then
    return 'seen'
  end
end
redis.call('HSET', KEYS[2], '(rejected)', epoch .. ' ' .. ARGV[2] .. ' ' .. ARGV[3])
redis.call('HINCRBY', KEYS[3], 'rejected', 1)
redis.call('LPUSH', KEYS[4], ARGV[4])
redis.call('LTRIM', KEYS[4], 0, tonumber(ARGV[5]) - 1)
return 'counted'
