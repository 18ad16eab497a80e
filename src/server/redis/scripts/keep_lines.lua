-- Keeps lines of services, if whoever asks is the keeper. A batch that was kept already (its answer was lost) is not kept twice.
-- KEYS: 1 sm:log-keeper, 2 sm:logs, 3 sm:log-services, 4 sm:counters, 5 sm:rejected
-- ARGV: 1 token, 2 number of the batch, 3 lease ms, 4 samples kept, 5 prefix of the keys of services' lines, 6 most services,
--   7 ms that a silent service's lines are kept, 8 and 9 most lines and bytes of all, 10 and 11 of one service; then for each
--   entry: what it is ('line', 'dropped' or 'refused'), service, level, and the line, the number or the sample
-- Returns 1, or 0 if somebody else is the keeper.
local now = tonumber(now_ms())
local known = redis.call('HMGET', KEYS[1], 'holder', 'batch')
if known[1] ~= ARGV[1] then
  return 0
end
local is_new = tonumber(ARGV[2]) > tonumber(known[2])
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + tonumber(ARGV[3])), 'batch', ARGV[2])
if not is_new then
  return 1
end

local touched, prefix = {}, ARGV[5]
for i = 12, #ARGV, 4 do
  local kind, service, level, content = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  if kind == 'line' then
    local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[8], '*', 'service', service, 'level', level, 'line', content)
    -- The same id in both, so that a page may go on in either. It fails only where somebody wrote into it by hand.
    redis.pcall('XADD', prefix .. service, 'MAXLEN', '~', ARGV[10], id, 'service', service, 'level', level, 'line', content)
    touched[service] = true
  elseif kind == 'dropped' then
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[8], '*', 'dropped', content)
  else
    redis.call('HINCRBY', KEYS[4], 'rejected', 1)
    -- The sample is an object with fields; when it came is one more.
    redis.call('LPUSH', KEYS[5], string.format('{"at":%.0f,', now) .. string.sub(content, 2))
    redis.call('LTRIM', KEYS[5], 0, tonumber(ARGV[4]) - 1)
  end
end

-- Lines may be long, so their number is not all that counts.
local function fit(key, most_bytes)
  local length = redis.call('XLEN', key)
  while length > 1 and (redis.call('MEMORY', 'USAGE', key) or 0) > most_bytes do
    length = math.floor(length * 3 / 4)
    redis.call('XTRIM', key, 'MAXLEN', length)
  end
end
fit(KEYS[2], tonumber(ARGV[9]))
for service in pairs(touched) do
  redis.call('ZADD', KEYS[3], now, service)
  fit(prefix .. service, tonumber(ARGV[11]))
  redis.call('PEXPIRE', prefix .. service, ARGV[7])
end
local silent = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', string.format('%.0f', now - tonumber(ARGV[7])))
local too_many = redis.call('ZCARD', KEYS[3]) - tonumber(ARGV[6])
if too_many > 0 then
  silent = redis.call('ZRANGE', KEYS[3], 0, too_many - 1)
end
for _, service in ipairs(silent) do
  redis.call('ZREM', KEYS[3], service)
  redis.call('DEL', prefix .. service)
end
return 1
