-- Takes in what a service says of its command. It counts once, however many hear it, and never goes back; a late one counts.
-- KEYS: as in commands.lua
-- ARGV: as in commands.lua; 4 command id, 5 service, 6 what it says, 7 message, 8 instance, and only for our own services
--   9 channel and 10 what to publish there
-- Answers 'taken', 'known', or 'unknown' for a command that is not that service's.
local id, record = ARGV[4], command_prefix .. ARGV[4]
local service, state, accepted = unpack(redis.call('HMGET', record, 'service', 'state', 'acceptedAt'))
if service ~= ARGV[5] then
  return 'unknown'
end
local has_ended = state == 'succeeded' or state == 'failed' or state == 'refused'
if has_ended or (ARGV[6] == 'accepted' and accepted) then
  return 'known'
end
move(id, record, ARGV[6], ARGV[7], ARGV[8])
if ARGV[9] then
  redis.call('PUBLISH', ARGV[9], ARGV[10])
end
return 'taken'
