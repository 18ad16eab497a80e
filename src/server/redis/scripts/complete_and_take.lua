-- The holder of a job has done it and is free for another one: both in one step, and so at the price of one answer. Put
-- behind complete_job.lua and take_job.lua as functions of their keys and arguments.
-- KEYS: as in complete_job.lua
-- ARGV: as in complete_job.lua, and at the end worker, lease in ms, attempts a job has, which are the last ones of
--   take_job.lua
-- Answers {what complete_job.lua answers, what take_job.lua answers}.
local state, last = complete(KEYS, ARGV), #ARGV
return { state, take(KEYS, { service, prefix, ARGV[last - 2], ARGV[last - 1], ARGV[last] }) or false }
