-- Ends the commands whose time is over.
-- KEYS and ARGV: as in commands.lua
-- Answers how many they were.
local due = redis.call('ZRANGEBYSCORE', open, '-inf', now, 'LIMIT', 0, 100)
for _, id in ipairs(due) do
  local record = command_prefix .. id
  local state = redis.call('HGET', record, 'state')
  if state == 'requested' then
    move(id, record, 'no-answer', 'Nobody took it up within 5 s.', '')
  elseif state == 'accepted' then
    move(id, record, 'no-answer', 'It did not end within 15 min.', '')
  else
    redis.call('ZREM', open, id)
  end
end
return #due
