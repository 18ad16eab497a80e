-- Needs audit.lua. Does something with each of the jobs whose ids are the arguments from `first` on, once the intent is
-- written down, and says in the audit with how many it was done. Answers the word for each.
local function with_each(log, outcomes, intent, first, change, done)
  local attempt = audit_intent(log, outcomes, intent)
  local answers, count = {}, 0
  for i = first, #ARGV do
    local answer = change(ARGV[i])
    answers[#answers + 1] = answer
    count = count + (answer == done and 1 or 0)
  end
  audit_outcome(outcomes, attempt, count > 0 and 'succeeded' or 'refused',
    count .. ' of ' .. #answers .. ' ' .. done .. '.')
  return answers
end

