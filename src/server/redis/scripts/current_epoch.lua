-- The name of this life of the Redis server: kept while its run_id stays, else replaced by `fresh`.
local function current_epoch(key, fresh)
  local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  local known = redis.call('HMGET', key, 'run_id', 'epoch')
  if known[1] == run_id then
    return known[2]
  end
  redis.call('HSET', key, 'run_id', run_id, 'epoch', fresh)
  return fresh
end

