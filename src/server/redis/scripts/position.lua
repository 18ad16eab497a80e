-- The positions by which a message is taken once, however many inboxes heard it: (epoch, tick, count), the same for all.
-- Of each subject, a service or all refused messages together, only one above its last one is new.
local function is_new(adopted, subject, epoch, tick, count)
  local last_epoch, last_tick, last_count =
    string.match(redis.call('HGET', adopted, subject) or '', '^(%w+) (%d+) (%d+)$')
  if last_epoch ~= epoch then
    return true
  end
  last_tick, last_count = tonumber(last_tick), tonumber(last_count)
  return tonumber(tick) > last_tick or (tonumber(tick) == last_tick and tonumber(count) > last_count)
end

local function keep_position(adopted, subject, epoch, tick, count)
  return redis.pcall('HSET', adopted, subject, epoch .. ' ' .. tick .. ' ' .. count)
end

