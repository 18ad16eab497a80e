-- Hands the next job to a worker: from the first lane that has one.
-- KEYS: the lanes, the most urgent first
-- ARGV: group, worker, prefix of job records
-- Answers {lane's place, entry id, fields}, or nil when nothing waits.
for place, lane in ipairs(KEYS) do
  redis.pcall('XGROUP', 'CREATE', lane, ARGV[1], '0', 'MKSTREAM')
  local answer = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', 1, 'STREAMS', lane, '>')
  if answer then
    local entry = answer[1][2][1]
    local record = ARGV[3] .. entry[2][2]
    redis.call('HINCRBY', record, 'attempts', 1)
    redis.call('HSET', record, 'state', 'running', 'startedAt', now_ms())
    return {place, entry[1], entry[2]}
  end
end
return nil
