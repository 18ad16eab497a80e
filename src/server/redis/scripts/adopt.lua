-- Takes in what an inbox heard, in its order: a status that somebody else published goes into the log, a refused message is
-- counted. A tick that was never given out is somebody else's number on our channel.
-- KEYS: as for record, then 5 sm:epoch, 6 sm:tick, 7 sm:adopted, 8 sm:rejected, and a service:history:<id> for each message;
--   that of a refused one does not matter
-- ARGV: as for record, then 6 epoch, 7 most services, 8 samples kept, and for each message:
--   tick, count, service or '', the status message or the sample, state, channel
-- Answers for each message with 'adopted <entry>', 'seen', 'counted', 'full' (counted as well), 'stale' or 'failed <why>'.
-- After the last two nothing more is taken, so that nothing overtakes what may come again.
local epoch, most_services, samples_kept = ARGV[6], tonumber(ARGV[7]), ARGV[8]
local BEFORE, EACH, KEYS_BEFORE, SAMPLE = 8, 6, 8, 512
if redis.call('HGET', KEYS[5], 'epoch') ~= epoch then
  return { 'stale' }
end
local last_tick = tonumber(redis.call('GET', KEYS[6]) or 0)

-- What is kept of a message for whose service there is no room. A last character of several bytes is left out: the cut may have
-- gone through it.
local function sample_of(channel, message)
  local cut = string.gsub(string.sub(message, 1, SAMPLE), '[\192-\255][\128-\191]*$', '')
  return cjson.encode({ channel = channel, error = 'there are ' .. ARGV[7] .. ' services already', sample = cut })
end

local function adopt(service, history, tick, count, message, state, channel)
  if not is_new(KEYS[7], service, epoch, tick, count) then
    return 'seen'
  end
  if redis.call('HEXISTS', KEYS[2], service) == 0 and redis.call('HLEN', KEYS[2]) >= most_services then
    local counted = reject(epoch, tick, count, sample_of(channel, message), samples_kept)
    return counted == 'counted' and 'full' or counted
  end
  local entry = record(service, history, message, state)
  if type(entry) == 'table' then
    return 'failed ' .. entry.err
  end
  local kept = keep_position(KEYS[7], service, epoch, tick, count)
  if type(kept) == 'table' and kept.err then
    -- Without its position it would be taken in again; the state keeps what is newest.
    redis.call('XDEL', KEYS[1], entry)
    return 'failed ' .. kept.err
  end
  return 'adopted ' .. entry
end

local answers = {}
for i = 1, (#ARGV - BEFORE) / EACH do
  local at = BEFORE + (i - 1) * EACH
  local tick, count, service, content = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local answer
  if tonumber(tick) > last_tick then
    answer = 'stale'
  elseif service == '' then
    answer = reject(epoch, tick, count, content, samples_kept)
  else
    answer = adopt(service, KEYS[KEYS_BEFORE + i], tick, count, content, ARGV[at + 5], ARGV[at + 6])
  end
  answers[i] = answer
  if answer == 'stale' or string.sub(answer, 1, 6) == 'failed' then
    break
  end
end
return answers
