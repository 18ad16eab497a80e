-- Counts the jobs that wait in each lane, not those being worked on.
-- KEYS: the lanes
-- ARGV: group
-- Answers for each lane the count and the id of the newest entry it ever had.
local answer = {}
for _, lane in ipairs(KEYS) do
  redis.pcall('XGROUP', 'CREATE', lane, ARGV[1], '0', 'MKSTREAM')
  local taken = redis.call('XPENDING', lane, ARGV[1])[1]
  local facts = redis.call('XINFO', 'STREAM', lane)
  local newest = '0-0'
  for i = 1, #facts, 2 do
    if facts[i] == 'last-generated-id' then
      newest = facts[i + 1]
    end
  end
  answer[#answer + 1] = math.max(0, redis.call('XLEN', lane) - taken)
  answer[#answer + 1] = newest
end
return answer
