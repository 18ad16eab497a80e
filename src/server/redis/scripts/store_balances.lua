-- Keeps an account's balances, unless those kept were asked for later: an older answer never replaces a newer one.
-- Of two that were asked for in the same millisecond the one that is stored later stays.
-- KEYS: account → balances
-- ARGV: account, when they were asked for in ms, the balances as JSON that begins with that time as `askedAt`
-- Answers 'changed' if they are kept now and differ from those kept before, 'same' if they are and do not, 'newer' if
-- newer ones were.
local function without_time(text)
  return (string.gsub(text, '^{"askedAt":%d+,', '{', 1))
end

local kept = redis.call('HGET', KEYS[1], ARGV[1])
if kept then
  -- What cannot be read is replaced by what can.
  local is_json, balances = pcall(cjson.decode, kept)
  local asked_at = is_json and type(balances) == 'table' and tonumber(balances.askedAt)
  if asked_at and asked_at > tonumber(ARGV[2]) then
    return 'newer'
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return kept and without_time(kept) == without_time(ARGV[3]) and 'same' or 'changed'
