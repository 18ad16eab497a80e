-- What is wanted of some services, and the command of each that has not ended.
-- KEYS: 1 wanted: service → state, 2 active: service → command. ARGV: 1 prefix of command records, then the services.
-- Answers for each {what is wanted, or empty, command id, command, where it stands}, the latter empty where there is none.
local orders = {}
for i = 2, #ARGV do
  local id = redis.call('HGET', KEYS[2], ARGV[i]) or ''
  local kept = redis.call('HMGET', ARGV[1] .. id, 'command', 'state')
  orders[i - 1] = { redis.call('HGET', KEYS[1], ARGV[i]) or '', kept[1] and id or '', kept[1] or '', kept[2] or '' }
end
return orders
