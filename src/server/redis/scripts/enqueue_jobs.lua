-- Queues many jobs of a service at once, about subjects that the caller knows.
-- KEYS: as in job_lanes.lua
-- ARGV: as in job_lanes.lua; 3 lane, 4 'user' or 'account', then for each job its id and the subject's number
-- Answers for each the id of the job that the request got.
local ids = {}
for i = 5, #ARGV, 2 do
  ids[#ids + 1] = queue(ARGV[i], ARGV[3], ARGV[4], ARGV[i + 1])
end
return ids
