-- Takes a status that somebody else published into the log, once, however many inboxes heard it.
-- A message's position (epoch, tick, count) is the same for all who heard it; only one above the service's last is taken.
-- A tick that was never given out is somebody else's number on our channel.
-- KEYS: as for record, then 6 sm:epoch, 7 sm:adopted, 8 sm:tick
-- ARGV: service, message, state, epoch, tick, count, max_services, log_length, history_every, history_age, history_length
local service, epoch, tick, count = ARGV[1], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
if redis.call('HGET', KEYS[6], 'epoch') ~= epoch or tick > tonumber(redis.call('GET', KEYS[8]) or 0) then
  return { 'stale' }
end
local last_epoch, last_tick, last_count =
  string.match(redis.call('HGET', KEYS[7], service) or '', '^(%w+) (%d+) (%d+)$')
if last_epoch == epoch then
  last_tick, last_count = tonumber(last_tick), tonumber(last_count)
  if tick < last_tick or (tick == last_tick and count <= last_count) then
    return { 'seen' }
  end
end
if redis.call('HEXISTS', KEYS[2], service) == 0 and redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[7]) then
  return { 'full' }
end
local limits = { log_length = ARGV[8], history_every = ARGV[9], history_age = ARGV[10], history_length = ARGV[11] }
local entry = record(service, ARGV[2], ARGV[3], limits)
if type(entry) == 'table' then
  return entry
end
redis.call('HSET', KEYS[7], service, epoch .. ' ' .. ARGV[5] .. ' ' .. ARGV[6])
return { 'adopted', entry }
