import type { ServicesPage } from "../support/services-page.ts";
import type { Stack } from "../support/stack.ts";
import { expect, openWithClock, stopClock, test } from "../support/test.ts";

const ASKED_EVERY_MS = 5_000;

async function open(services: ServicesPage): Promise<void> {
  await services.page.getByRole("link", { name: "Dashboard" }).click();
  await expect(services.page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
  await services.isConnected();
  await stopClock(services.page);
}

const say = (stack: Stack, sent: number) =>
  stack.redis.cli("PUBLISH", "service:metrics", JSON.stringify({ service: "mail", timestamp: Date.now(), metrics: { sent } }));

test("numbers of the manager and of services appear and move without a reload", async ({ visitor, stack }) => {
  const services = await openWithClock(visitor, stack);
  const { page } = services;
  await open(services);
  await services.markLoad();
  await expect(page.getByText("No service publishes metrics.")).toBeVisible();

  const sent = page.locator('[data-service="mail"] [data-tile="sent"] .measured-value');
  for (const [number, shown] of [[3, "3"], [12845, "12\u202f845"]] as const) {
    await say(stack, number);
    await page.clock.runFor(ASKED_EVERY_MS);
    await expect(sent).toHaveText(shown);
  }

  // The server measures itself every five seconds; a page without a script shows at once what it has.
  const plain = await (await visitor({ javaScriptEnabled: false, storageState: await page.context().storageState() })).newPage();
  await expect
    .poll(async () => {
      await plain.goto("/dashboard");
      return plain.locator('[data-tile="Open streams"] .measured-value').textContent();
    }, { timeout: 15_000 })
    .toBe("1");
  await expect(plain.locator('[data-tile="Open streams"] path')).toHaveAttribute("d", /^M/);
  await expect(plain.locator('[data-tile="sent"]')).toBeVisible();

  await page.clock.runFor(ASKED_EVERY_MS);
  const tile = (label: string) => page.locator(`[data-tile="${label}"]`);
  await expect(tile("Open streams").locator(".measured-value")).toHaveText("1");
  await expect(tile("Redis latency").locator(".measured-value")).toHaveText(/ ms$/);
  await expect(tile("Publishes").locator("path")).toHaveAttribute("d", /^M/);
  await services.wasNotReloaded();
});

test("a dashboard that nobody sees asks for nothing", async ({ visitor, stack }) => {
  const services = await openWithClock(visitor, stack);
  const { page } = services;
  await open(services);
  let asked = 0;
  page.on("request", (request) => (asked += Number(request.url().endsWith("/fn/dashboard"))));
  const hide = (hidden: boolean) =>
    page.evaluate((hidden) => Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true }), hidden);
  await hide(true);
  asked = 0;
  await page.clock.runFor(3 * ASKED_EVERY_MS);
  await hide(false);
  await page.clock.runFor(ASKED_EVERY_MS);
  await expect.poll(() => asked, "none while the page was hidden, and one since").toBe(1);
});
