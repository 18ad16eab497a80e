-- An attempt to sign in succeeded: the account's failures are forgotten, the address has one less.
-- KEYS: attempts at the account, attempts from the address
redis.call('DEL', KEYS[1])
if tonumber(redis.call('GET', KEYS[2]) or 0) > 0 then
  redis.call('DECR', KEYS[2])
end
