import type { Locator, Page } from "@playwright/test";

import { isKept, lines, say, sayMany } from "../support/lines.ts";
import { ServicesPage } from "../support/services-page.ts";
import type { Stack } from "../support/stack.ts";
import { addUser, expect, signInAs, test } from "../support/test.ts";

/** Gives a service an hour of history: a report every 10 s but for ten minutes, and a failure of one minute. */
async function remember(stack: Stack, service: string): Promise<void> {
  const script = `for i = 1, 350 do
    if i < 90 or i >= 150 then
      local at = string.format('%.0f', ARGV[1] - i * 10000)
      local state = i >= 200 and i < 206 and 'failed' or i % 20 < 5 and 'running' or 'idle'
      redis.call('ZADD', KEYS[1], at, at .. '-0 {"service":"' .. ARGV[2] .. '","timestamp":1,"reportEvery":10000,"status":{"state":"'
        .. state .. '","queued":' .. (i % 40) .. ',"retried":' .. (i % 7) .. '}}')
    end
  end`;
  await stack.redis.cli("EVAL", script, "1", `service:history:${service}`, String(Date.now()), service);
  const status = { state: "idle", queued: 3, retried: 1, lastError: "The disk is full." };
  await stack.redis.publish(service, status, { reportEvery: 10_000, controls: ["stop", "trigger"], version: "1.4.2" });
}

async function open(services: ServicesPage, service: string): Promise<Page> {
  const { page } = services;
  await page.goto(`/services/${service}`);
  await expect(page.getByRole("heading", { name: service, level: 1 })).toBeVisible();
  await services.isConnected();
  return page;
}

const chart = (page: Page, name: string): Locator => page.locator(`[data-chart="${name}"] svg[role=img]`);

test("a silence is a gap, in the charts and in words, and the ranges are links", async ({ services, stack }) => {
  await remember(stack, "mail");
  await expect(services.row("mail")).toBeVisible();
  const { page } = services;
  await services.row("mail").getByRole("link", { name: "mail" }).click();
  await expect(page).toHaveURL(/\/services\/mail$/);
  await expect(page).toHaveTitle("mail · Service Manager");
  await expect(page.locator("[data-last-error]")).toHaveText(/Last error: The disk is full\./);
  await expect(page.locator("[data-facts]")).toContainText("1.4.2");
  await expect(chart(page, "states")).toHaveAttribute("aria-label", /States over the last hour: Idle .*No data 10 m\./);
  await expect(chart(page, "states").locator(".band-failed title")).toHaveText(/^Failed, /);
  await expect(chart(page, "states").locator(".band-none")).not.toHaveCount(0);
  const line = await chart(page, "queues").locator("path.chart-line.series-0").getAttribute("d");
  expect(line!.split("M").length, "the line begins anew after the gap").toBe(3);
  await page.getByText("History as a table").click();
  await expect(page.locator(".history-table tbody tr")).toHaveCount(12);
  await expect(page.locator(".history-table")).toContainText("no data");
  for (const range of ["6 h", "24 h", "7 d"]) {
    await page.getByRole("link", { name: range, exact: true }).click();
    await expect(page).toHaveURL(new RegExp(`range=${range.replace(" ", "")}$`));
    await expect(page.getByRole("link", { name: range, exact: true })).toHaveAttribute("aria-current", "true");
  }
  await expect(chart(page, "states")).toHaveAttribute("aria-label", /over the last 7 days/);
  await page.reload();
  await expect(page.getByRole("link", { name: "7 d", exact: true })).toHaveAttribute("aria-current", "true");
});

test("what the stream brings goes on in the charts", async ({ services, stack }) => {
  await remember(stack, "mail");
  await expect(services.row("mail")).toBeVisible();
  const page = await open(services, "mail");
  await services.markLoad();
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/fn/service_timeline")) asked.push(request.url());
  });
  const now = page.locator('[data-chart="queues"] .legend li').first();
  await expect(now).toHaveText(/Queued 3/);
  await stack.redis.publish("mail", { state: "failed", queued: 4711 }, { reportEvery: 10_000 });
  await expect(now).toHaveText(/Queued 4711/);
  await expect(page.locator('[data-cell="status"]')).toContainText("Failed");
  await expect(chart(page, "states").locator(".band-failed").last()).toHaveAttribute("x", "299");
  await expect(page.locator("[data-last-error]")).toHaveCount(0);
  await expect(page.locator(".tile").first()).toContainText("4711");
  expect(asked, "nothing was asked for again").toEqual([]);
  await services.wasNotReloaded();
});

test("what an operator asks stands on the page, with runs and outcome", async ({ services }) => {
  const page = await open(services, "balance-sync");
  const actions = page.locator('[data-cell="actions"]');
  await actions.getByLabel("More actions for balance-sync").click();
  await actions.locator('[data-control="stop"] button').click();
  const dialog = page.getByRole("dialog", { name: "Stop balance-sync?" });
  await dialog.getByLabel("Reason (optional)").fill("quarter end");
  await dialog.getByRole("button", { name: "Stop balance-sync" }).click();
  await expect(page.locator('[data-cell="status"]').first()).toContainText("Stopped");
  await expect(page.getByTestId("toast")).toContainText("balance-sync: It has stopped");
  const list = page.locator("[data-actions]");
  await expect(list).toContainText("Stop by admin: Succeeded");
  await expect(list).toContainText("quarter end");
  await expect(chart(page, "states").locator(".chart-marker")).toHaveCount(1);
  const runs = page.locator("[data-runs] tbody tr");
  await expect(runs.first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Log lines" })).toHaveAttribute("href", "/logs?service=balance-sync");
  await actions.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.locator('[data-cell="status"]').first()).toContainText(/Idle|Running/);
});

test("the latest lines stand on the page, and are asked for again without a stream", async ({ services, stack, visitor }) => {
  await isKept(stack.redis);
  await stack.redis.publish("mail", { state: "idle", queued: 3 });
  await expect(services.row("mail")).toBeVisible();
  let page = await open(services, "mail");
  const latest = () => page.locator("section", { has: page.getByRole("heading", { name: "Latest lines" }) });
  await expect(latest()).toContainText("No lines are kept of it.");
  const kept = async () => (await (await page.request.get("/api/services/logs.txt?service=mail")).text()).split("\n").length - 1;
  await say(stack, "cards", "error", "of another service");
  await sayMany(stack.redis, 0, 25);
  await expect.poll(kept).toBe(25);
  await services.markLoad();
  await stack.redis.publish("mail", { state: "running", queued: 4 });
  await expect(lines(page)).toHaveCount(20);
  await expect(lines(page).first()).toContainText("line 5 of a long day");
  await expect(lines(page).last()).toContainText("line 24 of a long day");
  await say(stack, "mail", "error", "<b>could not connect</b>", { fields: { relay: "mx1".repeat(40) }, instance: "a" });
  await expect.poll(kept).toBe(26);
  await stack.redis.publish("mail", { state: "failed", queued: 4 });
  await expect(lines(page).last().locator(".log-words")).toHaveText("<b>could not connect</b>");
  await expect(lines(page)).toHaveCount(20);
  await services.wasNotReloaded();
  await expect(latest().getByRole("link", { name: "All lines" })).toHaveAttribute("href", "/logs?service=mail");
  expect(await (await page.request.get("/api/session")).json()).toMatchObject({ openLogStreams: 0 });

  const context = await visitor({ javaScriptEnabled: false });
  await signInAs(context, stack);
  page = await context.newPage();
  await page.goto("/services/mail");
  await expect(lines(page)).toHaveCount(20);
  await expect(lines(page).last()).toContainText("could not connect");
});

test("a viewer sees no action, and an unknown service is a page that is not found", async ({ visitor, stack, browserConsole }) => {
  browserConsole.announce(/404/);
  await addUser(stack, "vera", "viewer");
  const context = await visitor();
  await signInAs(context, stack, "vera");
  const page = await context.newPage();
  await page.goto("/services/balance-sync");
  await expect(page.getByRole("heading", { name: "balance-sync", level: 1 })).toBeVisible();
  await expect(page.locator('[data-cell="actions"]')).toHaveCount(0);
  await expect(page.locator("main form")).toHaveCount(0);
  const answer = await page.goto("/services/nobody-knows-it");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "There is no such service" })).toBeVisible();
  await expect(page.getByRole("link", { name: "← Services" })).toBeVisible();
});

test("without JavaScript the page has its data, its ranges and its actions", async ({ visitor, stack }) => {
  const context = await visitor({ javaScriptEnabled: false });
  await signInAs(context, stack);
  const page = await context.newPage();
  await remember(stack, "mail");
  // The browser's console tells of a page that is not found.
  await expect.poll(async () => (await page.request.get("/services/mail")).status()).toBe(200);
  await page.goto("/services/mail");
  await expect(page.getByRole("heading", { name: "mail", level: 1 })).toBeVisible();
  await expect(chart(page, "states")).toHaveAttribute("aria-label", /No data 10 m/);
  await expect(page.locator('[data-chart="queues"] .legend')).toContainText("Queued 3");
  await page.getByRole("link", { name: "24 h", exact: true }).click();
  await expect(page).toHaveURL(/\/services\/mail\?range=24h$/);
  await expect(chart(page, "states")).toHaveAttribute("aria-label", /over the last 24 hours/);
  await page.getByRole("button", { name: "Run now" }).click();
  await expect(page, "the form leads back to the page").toHaveURL(/\/services\/mail$/);
  await expect(page.locator("[data-actions]")).toContainText("Trigger by admin");
});
