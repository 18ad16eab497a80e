-- Hands a job that its worker took and left behind to another worker.
-- KEYS: the lanes, the most urgent first
-- ARGV: group, worker, prefix of job records, ms after which a job counts as left behind
-- Answers {lane's place, entry id, fields}, or nil when none was left behind.
for place, lane in ipairs(KEYS) do
  redis.pcall('XGROUP', 'CREATE', lane, ARGV[1], '0', 'MKSTREAM')
  local answer = redis.call('XAUTOCLAIM', lane, ARGV[1], ARGV[2], ARGV[4], '0-0', 'COUNT', 1)
  local entry = answer[2][1]
  if entry then
    local record = ARGV[3] .. entry[2][2]
    redis.call('HINCRBY', record, 'attempts', 1)
    redis.call('HSET', record, 'state', 'running', 'startedAt', now_ms())
    return {place, entry[1], entry[2]}
  end
end
return nil
