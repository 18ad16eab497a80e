-- Begins a service's run if one is due, so that of several workers only one does it. One whose worker is lost is due.
-- KEYS: 1 schedule, 2 the service's runs by start, 3 the record of the run
-- ARGV: 1 service, 2 interval in ms, 3 run id, 4 worker, 5 lease in ms, 6 what to say of a run whose worker is lost,
--   7 seconds to keep the record, 8 most runs listed
-- Answers 1 if the run is the caller's.
local now = now_ms()
local under_way = redis.call('HMGET', KEYS[1], 'run', 'lease')
if under_way[1] then
  if tonumber(under_way[2] or 0) > tonumber(now) then
    return 0
  end
  end_run(KEYS[1], under_way[1], now, ARGV[6])
elseif not is_due(KEYS[1], now, ARGV[2]) then
  return 0
end
begin_run(KEYS[1], KEYS[2], KEYS[3], now, { service = ARGV[1], id = ARGV[3], worker = ARGV[4], total = 0 },
  { seconds = ARGV[7], most = ARGV[8] })
redis.call('HSET', KEYS[1], 'lease', string.format('%.0f', tonumber(now) + tonumber(ARGV[5])))
return 1
