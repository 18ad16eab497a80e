-- How many of its newest jobs are known of each subject.
local KNOWN_OF_EACH = 5

-- Queues a job unless one about the same subject waits already or is to be tried again: that one is joined, and comes
-- into the priority lane if this request is urgent. A job being worked on is not joined, it may be past the news.
-- With `run`, the key of a run's record, its end counts into that run.
-- Answers the id of the job that the request got.
local function queue(id, lane, kind, number, run)
  local first = redis.call('HGET', queued, number)
  if first then
    local record = prefix .. first
    local place = redis.call('HMGET', record, 'state', 'lane')
    if lane == 'priority' and place[1] == 'retrying' then
      put_in_lane(first, record, lane)
      redis.call('ZREM', retries, first)
    elseif lane == 'priority' and place[1] == 'waiting' and place[2] == 'background' then
      local entry = redis.call('HGET', record, 'entry')
      put_in_lane(first, record, lane)
      redis.call('XDEL', lanes.background, entry)
    end
    if place[1] == 'waiting' or place[1] == 'retrying' then
      if run then
        redis.call('HSET', record, 'run', run)
      end
      return first
    end
  end
  local record = prefix .. id
  put_in_lane(id, record, lane)
  redis.call('HSET', record, 'service', service, kind, number, 'attempts', 0, 'token', 0, 'createdAt', now)
  redis.call('HSET', queued, number, id)
  if run then
    redis.call('HSET', record, 'run', run)
  end
  local earlier = redis.call('HGET', jobs_about, number) or ''
  redis.call('HSET', jobs_about, number, string.sub(id .. ' ' .. earlier, 1, KNOWN_OF_EACH * (#id + 1)))
  return id
end

