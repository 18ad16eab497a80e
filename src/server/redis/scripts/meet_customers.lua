-- Numbers customers 1, 2, 3 … in the order in which they are met. Meeting one again keeps its number.
-- KEYS: customer id → number, number → user as JSON, channel on which pages are told
-- ARGV: for each customer its id, and the user's JSON without the number: {"customerId":…,"displayName":…}
-- Answers the numbers, in the order of ARGV.
local numbers = {}
local last = redis.call('HLEN', KEYS[1])
for i = 1, #ARGV, 2 do
  local number = tonumber(redis.call('HGET', KEYS[1], ARGV[i]))
  if not number then
    last = last + 1
    number = last
    redis.call('HSET', KEYS[1], ARGV[i], number)
    redis.call('PUBLISH', KEYS[3], number)
  end
  redis.call('HSET', KEYS[2], number, '{"userId":' .. string.format('%d', number) .. ',' .. string.sub(ARGV[i + 1], 2))
  numbers[#numbers + 1] = number
end
return numbers
