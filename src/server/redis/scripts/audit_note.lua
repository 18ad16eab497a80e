-- Writes down an attempt together with what came of it. Of one person so many refused attempts have a record each within an hour;
-- how many more there were stands in the outcome of the last of these, so that nobody can push out what others did.
-- KEYS: 1 audit log, 2 its outcomes, and only for a refused attempt 3 how many that person made. ARGV: 1 intent, 2 verdict,
--   3 message, 4 how many have a record, 5 seconds until they are counted anew.
-- Answers the entry's id, or nil if it is kept no longer.
local most = tonumber(ARGV[4])
local count = 0
if KEYS[3] then
  count = redis.call('HINCRBY', KEYS[3], 'count', 1)
  if count == 1 then
    redis.call('EXPIRE', KEYS[3], ARGV[5])
  end
end
if count > most then
  local last, outcome = unpack(redis.call('HMGET', KEYS[3], 'last', 'outcome'))
  if not last or redis.call('HEXISTS', KEYS[2], last) == 0 then
    return nil
  end
  local more = string.format(' Refused attempts within an hour that are only counted: %d.', count - most)
  redis.call('HSET', KEYS[2], last, outcome .. more)
  return last
end
local entry = audit_intent(KEYS[1], KEYS[2], ARGV[1])
audit_outcome(KEYS[2], entry, ARGV[2], ARGV[3])
if count == most then
  redis.call('HSET', KEYS[3], 'last', entry, 'outcome', redis.call('HGET', KEYS[2], entry))
end
return entry
