-- Takes a status of one of our own services into the log, then publishes it with its entry for everyone to hear.
-- KEYS: as for record, then 5 service:history:<id>
-- ARGV: log_length, history_every, history_age, history_length, service, message, state, channel
local limits = { log_length = ARGV[1], history_every = ARGV[2], history_age = ARGV[3], history_length = ARGV[4] }
local message = ARGV[6]
local entry = record(ARGV[5], KEYS[5], message, ARGV[7], limits)
if type(entry) == 'table' then
  return entry
end
redis.call('PUBLISH', ARGV[8], string.sub(message, 1, -2) .. ',"entry":"' .. entry .. '"}')
return entry
