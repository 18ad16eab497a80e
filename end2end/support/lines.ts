import { until } from "./processes.ts";
import type { Redis } from "./redis.ts";

/** Says many lines of `mail` within Redis, which takes a script for it. */
export async function sayMany(redis: Redis, from: number, count: number): Promise<void> {
  const script = `for n = 0, tonumber(ARGV[2]) - 1 do
    redis.call('PUBLISH', 'service:logs', string.format(ARGV[1], tonumber(ARGV[3]) + n, n % 7 == 0 and 'warn' or 'info'))
  end`;
  const text = `{"service":"mail","message":"line %d of a long day at the relay","timestamp":${Date.now()},"level":"%s"}`;
  await redis.cli("EVAL", script, "0", text, String(count), String(from));
}

/** Waits until somebody keeps lines. */
export async function isKept(redis: Redis): Promise<void> {
  await until("somebody keeps lines", async () => (await redis.cli("HGET", "sm:log-keeper", "holder")) !== "");
}
