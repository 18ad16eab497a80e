import type { BrowserContext, Page } from "@playwright/test";

import { writeRecords } from "../support/audit.ts";
import { addUser, admin, expect, signIn, signInAs, test } from "../support/test.ts";

const records = (page: Page) => page.locator("tr[data-record]");

/** Queues a sync as a script does, with the session of a browser. */
async function sync(context: BrowserContext, userId: number): Promise<void> {
  const headers = { "Sec-Fetch-Site": "same-origin" };
  const answer = await context.request.post("/api/services/balance-sync", { data: { userId }, headers });
  expect(answer.status()).toBe(202);
}

test("what an operator does appears with its outcome, without a reload", async ({ services, stack, visitor }) => {
  await addUser(stack, "otto", "operator");
  const { page } = services;
  await page.getByRole("link", { name: "Audit", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Audit" })).toBeVisible();
  await services.isConnected();
  await services.markLoad();

  const operators = await visitor();
  await signInAs(operators, stack, "otto");
  await sync(operators, 3);
  const its = records(page).filter({ hasText: "otto" }).filter({ hasText: "balance-sync" });
  await expect(its).toBeVisible();
  await expect(its).toContainText("operator");
  await expect(its).toContainText("userId 3");
  await expect(its).toContainText("Succeeded", { timeout: 10_000 });
  await expect(its).toContainText("synced for");
  await expect(its.locator('[data-cell="duration"]')).toHaveText(/^[\d.]+ (ms|s)$/);
  await expect(its.locator("time")).toHaveAttribute("title", / UTC$/);
  await services.wasNotReloaded();

  await page.getByLabel("Who", { exact: true }).fill("otto");
  await page.locator("select[name=action]").selectOption("trigger");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/actor=otto&action=trigger/);
  await expect(records(page)).toHaveCount(1);
  await page.reload();
  await expect(page.getByLabel("Who", { exact: true })).toHaveValue("otto");
  await expect(page.locator("select[name=action]")).toHaveValue("trigger");
  await expect(records(page)).toHaveCount(1);
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(page).toHaveURL(/\/audit$/);
  await expect(records(page).nth(1)).toBeVisible();
});

test("no record moves under the pointer", async ({ services }) => {
  const { page } = services;
  await page.goto("/audit");
  await services.isConnected();
  const first = records(page).first();
  const known = await first.getAttribute("data-record");
  await first.hover();
  await sync(page.context(), 3);
  const offer = page.locator(".order-changed").getByRole("button", { name: "Apply" });
  await expect(offer).toBeVisible();
  await expect(first, "it stays where it was aimed at").toHaveAttribute("data-record", known!);
  await offer.click();
  await expect(first).toContainText("userId 3");
});

test("a page whose records cannot be read says so, and comes by a click", async ({ services, browserConsole }) => {
  browserConsole.announce(/status of 503/);
  const { page } = services;
  await page.route("**/fn/audit_page", (route) =>
    route.fulfill({ status: 503, contentType: "application/json", body: '{"code":"unavailable"}' }),
  );
  await page.getByRole("link", { name: "Audit", exact: true }).click();
  await expect(page.getByText("The service is unavailable; try again in a moment.")).toBeVisible();
  await services.isConnected();
  await services.markLoad();
  await page.unroute("**/fn/audit_page");
  await page.getByRole("link", { name: "Try again" }).click();
  await expect(records(page).first()).toBeVisible();
  await services.wasNotReloaded();
});

test("administrators download a table and read what people nobody knows tried", async ({ services, stack, visitor }) => {
  await addUser(stack, "otto", "operator");
  const stranger = await (await visitor()).newPage();
  await stranger.goto("/login");
  await signIn(stranger, "not the password at all", "otto");
  await expect(stranger).toHaveURL(/\/login/);

  const { page } = services;
  await page.goto("/audit?actor=admin");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download CSV" }).click();
  expect((await download).suggestedFilename()).toMatch(/^audit-.*\.csv$/);
  await page.getByRole("link", { name: "People nobody knows" }).click();
  await expect(page).toHaveURL(/whose=anonymous/);
  await expect(records(page).filter({ hasText: "Sign in" })).toContainText("name otto");

  await stranger.goto("/audit");
  await signIn(stranger, admin.password, "otto");
  await expect(records(stranger).first()).toBeVisible();
  await expect(stranger.getByRole("link", { name: /Download|nobody knows/ })).toHaveCount(0);
});

test("without JavaScript table, filters and pages are there", async ({ visitor, stack }) => {
  const intent = { actor: "zoe", action: "trigger", target: "balance-sync", requestId: "r", address: "127.0.0.1" };
  const written = Array.from({ length: 60 }, (_, number) => ({
    intent: { ...intent, parameters: { userId: String(number), jobIds: "abc-1 <b>2</b>" } },
    outcome: "succeeded 1 done",
  }));
  await writeRecords(stack, written);
  const context = await visitor({ javaScriptEnabled: false });
  await signInAs(context, stack);
  const page = await context.newPage();
  await page.goto("/audit");
  await expect(records(page)).toHaveCount(50);
  await page.getByLabel("Who", { exact: true }).fill("zoe");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("link", { name: "Older" }).click();
  await expect(page).toHaveURL(/actor=zoe&before=/);
  await expect(records(page)).toHaveCount(10);
  await page.getByRole("link", { name: "Newest" }).click();
  await page.getByLabel("Target", { exact: true }).fill("59");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(records(page)).toHaveCount(1);
  await expect(records(page).getByRole("link"), "what is an id of a job leads to it").toHaveText(["abc-1"]);
  await page.getByLabel("Who", { exact: true }).fill("nobody");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByText("No records match these filters.")).toBeVisible();
});
