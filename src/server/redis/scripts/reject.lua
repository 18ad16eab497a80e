-- Counts a message that was refused and keeps a sample of it. KEYS: 4 sm:counters, 7 sm:adopted, 8 sm:rejected
-- Returns what became of it, in the words of adopt.lua.
local REJECTED = '(rejected)'
local function reject(epoch, tick, count, sample, samples_kept)
  if not is_new(KEYS[7], REJECTED, epoch, tick, count) then
    return 'seen'
  end
  local kept = keep_position(KEYS[7], REJECTED, epoch, tick, count)
  if type(kept) == 'table' and kept.err then
    return 'failed ' .. kept.err
  end
  redis.pcall('HINCRBY', KEYS[4], 'rejected', 1)
  -- The sample is an object with fields; when it came is one more.
  redis.pcall('LPUSH', KEYS[8], '{"at":' .. now_ms() .. ',' .. string.sub(sample, 2))
  redis.pcall('LTRIM', KEYS[8], 0, tonumber(samples_kept) - 1)
  return 'counted'
end

