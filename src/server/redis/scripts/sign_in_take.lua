-- Counts an attempt to sign in, unless there were too many.
-- KEYS: attempts at the account, attempts from the address
-- ARGV: most at an account, most from an address, ms they are counted for
-- Returns 0, or the ms until the next attempt may be made; then nothing is counted.
local wait = 0
for i, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or 0) >= tonumber(ARGV[i]) then
    wait = math.max(wait, redis.call('PTTL', key), 1)
  end
end
if wait > 0 then return wait end
for _, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then
    redis.call('PEXPIRE', key, ARGV[3])
  end
end
return 0
