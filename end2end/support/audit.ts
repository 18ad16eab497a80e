import type { Stack } from "./stack.ts";

const WRITE = `for number = 1, #ARGV, 2 do
  local entry = redis.call('XADD', 'sm:audit', '*', 'intent', ARGV[number])
  redis.call('HSET', 'sm:audit:outcomes', entry, ARGV[number + 1])
end`;

/** Writes records of the audit as the program does, with anything in them. */
export async function writeRecords({ redis }: Stack, records: { intent: object; outcome: string }[]): Promise<void> {
  const parts = records.flatMap(({ intent, outcome }) => [JSON.stringify(intent), outcome]);
  await redis.cli("EVAL", WRITE, "0", ...parts);
}
