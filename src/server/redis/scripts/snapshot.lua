-- All that is known at one position of the log.
-- KEYS: 1 sm:epoch, 2 sm:events, 3 sm:status, 4 latest: service → command. ARGV: 1 a fresh epoch, 2 prefix of command records.
-- Returns the epoch, the last entry's id, Redis's time, the whole of sm:status, and the latest commands as
-- {service, command id, their record}; the record is empty a week after the command's end.
local epoch = current_epoch(KEYS[1], ARGV[1])
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
local commands = {}
local latest = redis.call('HGETALL', KEYS[4])
for i = 1, #latest, 2 do
  commands[#commands + 1] = { latest[i], latest[i + 1], redis.call('HGETALL', ARGV[2] .. latest[i + 1]) }
end
return { epoch, last[1] and last[1][1] or '0-0', now_ms(), redis.call('HGETALL', KEYS[3]), commands }
