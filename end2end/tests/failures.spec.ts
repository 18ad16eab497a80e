import type { Locator, Page } from "@playwright/test";

import type { ServicesPage } from "../support/services-page.ts";
import { addUser, expect, openWithClock, signInAs, stopClock, test } from "../support/test.ts";

const UNKNOWN = "99999999";

const toast = (page: Page, text: string | RegExp): Locator => page.getByTestId("toast").filter({ hasText: text });

/** The request that a message names. */
async function request(message: Locator): Promise<string> {
  const id = await message.locator(".request-name code").textContent();
  expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  return id!;
}

async function stop(services: ServicesPage, service: string, reason: string): Promise<void> {
  const row = services.row(service);
  await row.getByLabel(`More actions for ${service}`).click();
  await row.locator('[data-control="stop"] button').click();
  const dialog = services.page.getByRole("dialog", { name: `Stop ${service}?` });
  await dialog.getByLabel("Reason (optional)").fill(reason);
  await dialog.getByRole("button", { name: `Stop ${service}` }).click();
}

test("what was refused stays, with its cause and its request, and is tried again", async ({ visitor, stack, browserConsole }) => {
  browserConsole.announce(/status of 422/);
  const services = await openWithClock(visitor, stack);
  const { page } = services;
  const answered = page.waitForResponse(/\/fn\/command_service/);
  await stop(services, "balance-sync", "\u202egninrom");
  const refused = toast(page, "Stop balance-sync: reason: it must be at most 500 characters, each of which is seen");
  await expect(refused).toBeVisible();
  const id = await request(refused);
  expect(id, "the request as the answer names it").toBe((await answered).headers()["x-request-id"]);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await refused.getByRole("button", { name: "Copy" }).click();
  await expect(refused.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(id);

  await services.row("account-discovery").getByLabel("More actions for account-discovery").click();
  await services.row("account-discovery").locator('[data-control="pause"] button').click();
  const good = toast(page, /^account-discovery: /);
  await expect(good).toBeVisible();
  await stopClock(page);
  await page.clock.runFor(8_000);
  await expect(good, "good news goes by itself").toHaveCount(0);
  await expect(refused, "bad news stays").toBeVisible();

  await refused.getByRole("button", { name: "Retry" }).click();
  await expect(refused.locator(".request-name code"), "another request").not.toHaveText(id);
  await expect(refused).toHaveCount(1);
  await refused.getByRole("button", { name: "Close" }).click();
  await expect(refused).toHaveCount(0);
});

test("a command that failed names the request under which the audit has it", async ({ services, stack }) => {
  const { page } = services;
  await stack.redis.publish("mail", { state: "stopped" }, { controls: ["start"] });
  const heard = await stack.redis.subscribe("service:commands");
  const answer = async (number: number, outcome: string, message: string) => {
    await expect.poll(() => heard.heard.length).toBe(number);
    const { id } = JSON.parse(heard.heard.at(-1)!.text) as { id: string };
    const said = JSON.stringify({ id, service: "mail", outcome, message, timestamp: Date.now() });
    await stack.redis.cli("PUBLISH", "service:commands:outcomes", said);
  };
  await services.row("mail").getByRole("button", { name: "Start", exact: true }).click();
  await answer(1, "failed", "The disk is full.");
  const failed = toast(page, "mail: Start – Failed. The disk is full.");
  const id = await request(failed);
  await failed.getByRole("button", { name: "Retry" }).click();
  await expect(failed).toHaveCount(0);
  await answer(2, "succeeded", "It has started.");
  await expect(toast(page, "mail: It has started.")).toBeVisible();
  heard.stop();
  await page.goto("/audit");
  await expect(page.locator("tr[data-record]").filter({ hasText: id })).toContainText("The disk is full.");
});

test("a sync and many jobs that failed are tried again from the message", async ({ services, stack }) => {
  const { page } = services;
  await stack.redis.cli("SADD", "sm:bank:accounts:3", UNKNOWN);
  await services.row("balance-sync").getByRole("button", { name: "Sync now" }).click();
  const dialog = page.getByRole("dialog", { name: "Sync balances" });
  await dialog.getByRole("searchbox").fill("3");
  await dialog.locator('input[name="user_id"][value="3"]').check();
  await dialog.getByRole("button", { name: "Sync", exact: true }).click();
  const dead = toast(page, "does not know");
  await expect(dead).toBeVisible({ timeout: 15_000 });
  await request(dead);
  await stack.redis.cli("SREM", "sm:bank:accounts:3", UNKNOWN);
  await dead.getByRole("button", { name: "Retry" }).click();
  await expect(dead).toHaveCount(0);
  await expect(toast(page, /^(?!.*queued).*user 3|balances/i).last()).toBeVisible({ timeout: 15_000 });

  const headers = { "Sec-Fetch-Site": "same-origin" };
  const ids: string[] = [];
  for (const userId of [4, 5]) {
    await stack.redis.cli("SADD", `sm:bank:accounts:${userId}`, UNKNOWN);
    const answer = await page.request.post("/api/services/balance-sync", { data: { userId }, headers });
    ids.push((await answer.json()).jobId);
    await expect.poll(() => stack.redis.cli("HGET", `sm:job:${ids.at(-1)}`, "state"), { timeout: 15_000 }).toBe("dead");
  }
  await page.goto("/jobs?state=dead");
  await services.isConnected();
  for (const id of ids) await page.locator(`tr[data-job="${id}"]`).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Retry selected (2)" }).click();
  // Meanwhile somebody else has one of them done.
  await stack.redis.cli("SREM", "sm:bank:accounts:5", UNKNOWN);
  expect((await page.request.post(`/api/jobs/${ids[1]}/retry`, { headers })).status()).toBe(202);
  await expect.poll(() => stack.redis.cli("HGET", `sm:job:${ids[1]}`, "state"), { timeout: 15_000 }).toBe("done");
  await page.getByRole("dialog").getByRole("button", { name: "Retry 2 jobs" }).click();
  const partly = toast(page, /1 job retried, 1 could not be: Job .* is done/);
  await expect(partly).toBeVisible();
  const id = await request(partly);
  await partly.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByRole("dialog", { name: "Retry 1 job?" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.goto("/audit?action=retry");
  await expect(page.locator("tr[data-record]").filter({ hasText: id }).first()).toBeVisible();
});

test("what an administrator was refused is tried again", async ({ services, stack, visitor, browserConsole }) => {
  browserConsole.announce(/status of 404/);
  const { page } = services;
  await addUser(stack, "otto", "admin");
  await signInAs(await visitor(), stack, "otto");
  await page.goto("/admin");
  await services.isConnected();
  const row = page.locator("tr[data-session]").filter({ hasText: "otto" });
  const session = (await row.getAttribute("data-session"))!;
  await row.getByRole("button", { name: /^End session/ }).click();
  const key = (await stack.redis.cli("--scan", "--pattern", `sm:session:${session}*`)).trim();
  expect(key).not.toBe("");
  await stack.redis.cli("DEL", key);
  await page.getByRole("dialog").getByRole("button", { name: "End session of otto" }).click();
  const refused = toast(page, "does not exist");
  const id = await request(refused);
  await refused.getByRole("button", { name: "Retry" }).click();
  await expect(refused.locator(".request-name code"), "another request").not.toHaveText(id);
  await expect(refused).toHaveCount(1);
});
