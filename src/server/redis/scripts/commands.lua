-- What scripts about commands have in common. Needs audit.lua.
-- A command's record is a hash: service, command, actor, state, requestedAt, changedAt, attempt (its entry in the audit), and
-- where there are any message, instance, reason, acceptedAt. One that is requested or accepted is open: it stands among the open
-- ones, by the time it may take, and is the active one of its service.
-- KEYS: 1 sm:events, 2 audit log, 3 its outcomes, 4 active: service → command, 5 open: command by its deadline,
--   6 latest: service → command, 7 wanted: service → state
-- ARGV: 1 prefix of command records, 2 length of the event log, 3 seconds to keep a record after its end
local events, audit_log, audit_outcomes, active, open, latest, wanted = unpack(KEYS, 1, 7)
local command_prefix = ARGV[1]
local now = now_ms()

-- What a service is wanted to do from then on, when it has taken up a command, and when that has ended.
local WANTED = { start = 'running', resume = 'running', stop = 'stopped', pause = 'paused', restart = 'restarting' }
local WANTED_AT_LAST = { restart = 'running' }
local LONGEST_MS = 900000
local SCHEDULE_OF = 'sm:schedule:'

local function tell(id, record)
  redis.call('XADD', events, 'MAXLEN', '~', ARGV[2], '*', 'kind', 'command', 'id', id, unpack(redis.call('HGETALL', record)))
end

-- Brings a command to a state, with what is to be said about it.
local function move(id, record, state, message, instance)
  local service, command, attempt = unpack(redis.call('HMGET', record, 'service', 'command', 'attempt'))
  redis.call('HSET', record, 'state', state, 'changedAt', now, 'message', message, 'instance', instance)
  if (state == 'accepted' or state == 'succeeded') and WANTED[command] then
    redis.call('HSET', wanted, service, WANTED[command])
  end
  if state == 'succeeded' and command == 'trigger' then
    -- The periodic run of a service of ours is due at once; nobody else has such a schedule.
    redis.call('HDEL', SCHEDULE_OF .. service, 'began')
  end
  if state == 'accepted' then
    redis.call('HSET', record, 'acceptedAt', now)
    redis.call('HSETNX', active, service, id)
    redis.call('ZADD', open, string.format('%.0f', tonumber(now) + LONGEST_MS), id)
    redis.call('PERSIST', record)
  else
    if WANTED_AT_LAST[command] and redis.call('HGET', wanted, service) == WANTED[command] then
      redis.call('HSET', wanted, service, WANTED_AT_LAST[command])
    end
    redis.call('ZREM', open, id)
    if redis.call('HGET', active, service) == id then
      redis.call('HDEL', active, service)
    end
    redis.call('EXPIRE', record, ARGV[3])
    local verdict = (state == 'unheard') and 'no-answer' or state
    audit_outcome(audit_outcomes, attempt, verdict, message)
  end
  tell(id, record)
end

