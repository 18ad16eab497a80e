-- Takes a status of one of our own services into the log, then publishes it with its entry for everyone to hear.
-- ARGV: service, message, state, channel, log_length, history_every, history_age, history_length
local limits = { log_length = ARGV[5], history_every = ARGV[6], history_age = ARGV[7], history_length = ARGV[8] }
local entry = record(ARGV[1], ARGV[2], ARGV[3], limits)
if type(entry) == 'table' then
  return entry
end
redis.call('PUBLISH', ARGV[4], string.sub(ARGV[2], 1, -2) .. ',"entry":"' .. entry .. '"}')
return entry
