-- Writes down an attempt together with what came of it.
-- KEYS: 1 audit log, 2 its outcomes. ARGV: 1 intent, 2 verdict, 3 message.
-- Answers the entry's id.
local entry = audit_intent(KEYS[1], KEYS[2], ARGV[1])
audit_outcome(KEYS[2], entry, ARGV[2], ARGV[3])
return entry
