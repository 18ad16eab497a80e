-- Takes a status of one of our own services into the log, then publishes it with its entry for everyone to hear.
-- KEYS: as for record, then 5 service:history:<id>
-- ARGV: as for record, then 6 service, 7 message, 8 state, 9 channel
local message = ARGV[7]
local entry = record(ARGV[6], KEYS[5], message, ARGV[8])
if type(entry) == 'table' then
  return entry
end
redis.call('PUBLISH', ARGV[9], string.sub(message, 1, -2) .. ',"entry":"' .. entry .. '"}')
return entry
