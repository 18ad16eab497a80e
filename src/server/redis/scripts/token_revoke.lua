-- Makes an API token useless. KEYS: token, all tokens. ARGV: token key.
redis.call('SREM', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])
