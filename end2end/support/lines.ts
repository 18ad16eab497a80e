import { type Locator, type Page, expect } from "@playwright/test";

import { until } from "./processes.ts";
import type { Redis } from "./redis.ts";
import { ServicesPage } from "./services-page.ts";
import type { Stack } from "./stack.ts";

/** The lines that a page shows. */
export const lines = (page: Page): Locator => page.locator(".log-line");

/** What stands above them: whether they come. */
export const state = (page: Page): Locator => page.locator(".log-state");

/** Opens the page of log lines and waits until they come as they are said. */
export async function open(page: Page, path = "/logs"): Promise<void> {
  await page.goto(path);
  await new ServicesPage(page).isConnected();
  await expect(state(page)).toHaveText("Following");
}

/** Says one line. */
export async function say(stack: Stack, service: string, level: string, message: string, more: object = {}): Promise<void> {
  const line = { service, level, message, timestamp: Date.now(), ...more };
  await stack.redis.cli("PUBLISH", "service:logs", JSON.stringify(line));
}

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
