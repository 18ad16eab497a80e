import { expect, openWithClock, test } from "../support/test.ts";

/** What the browser itself says when a server is gone. */
const GONE = [/net::ERR_/, /status of 50[0-9]/];

test("a killed server shows at once, and its return heals the page without a reload", async ({
  services,
  stack,
  browserConsole,
}) => {
  browserConsole.announce(...GONE);
  await stack.redis.publish("email-sender", { state: "running", queued: 3 });
  await expect(services.cell("email-sender", "details")).toContainText("3");
  await services.markLoad();

  await stack.killServer();

  await services.shows("disconnected", 2_000);
  await expect(services.connection).toContainText("Disconnected");
  await expect(services.connection).toContainText(/Reconnecting in [1-6] s/);
  await expect(services.cell("email-sender", "details")).toContainText("3");

  await stack.redis.publish("email-sender", { state: "stopped", queued: 9 });
  await stack.startServer();
  // While nobody listened, that message was lost to Pub/Sub; the next one must not be.
  await stack.redis.publish("email-sender", { state: "paused", queued: 7 });

  await services.isConnected(10_000);
  await expect(services.cell("email-sender", "details")).toContainText("7");
  await expect(services.cell("email-sender", "status")).toContainText("Paused");
  await services.wasNotReloaded();

  await stack.redis.publish("email-sender", { state: "running", queued: 8 });
  await expect(services.cell("email-sender", "details")).toContainText("8", { timeout: 1_000 });
});

test("a killed Redis shows, and its return brings the right data without a reload", async ({
  services,
  stack,
  browserConsole,
}) => {
  browserConsole.announce(...GONE);
  await stack.redis.publish("email-sender", { state: "running", queued: 3 });
  await expect(services.cell("email-sender", "details")).toContainText("3");
  await services.markLoad();

  await stack.redis.kill();

  await services.shows("redis-down", 10_000);
  await expect(services.connection).toContainText("Redis is unreachable");

  await stack.redis.startAgain();

  await services.isConnected(10_000);
  await expect(services.cell("email-sender", "details")).toContainText("3");
  // The inbox may still be on its way back, so the service reports until it is heard.
  await expect(async () => {
    await stack.redis.publish("email-sender", { state: "paused", queued: 5 });
    await expect(services.cell("email-sender", "details")).toContainText("5", { timeout: 500 });
  }).toPass({ timeout: 5_000 });
  await services.wasNotReloaded();
});

test("a server that cannot serve a stream is told from one that is gone", async ({ services, stack, browserConsole }, info) => {
  browserConsole.announce(...GONE);
  await services.settle();
  await services.markLoad();
  await stack.redis.kill();
  await stack.killServer();
  await services.shows("disconnected", 2_000);
  await stack.startServerWithoutRedis();
  await services.shows("unavailable", 10_000);
  await expect(services.connection).toContainText("Service unavailable, retrying");
  for (const colorScheme of ["light", "dark"] as const) {
    await services.page.emulateMedia({ colorScheme });
    await services.page.screenshot({ path: info.outputPath(`unavailable-${colorScheme}.png`) });
  }
  await stack.redis.startAgain();
  await services.isConnected(30_000);
  await services.wasNotReloaded();
});

test("Retry now does not wait for the countdown", async ({ visitor, stack, browserConsole }) => {
  browserConsole.announce(...GONE);
  const services = await openWithClock(visitor, stack);
  await services.markLoad();
  await stack.killServer();
  await services.shows("disconnected", 2_000);
  // From here on no countdown of the page's ends.
  await services.page.clock.pauseAt((await services.page.evaluate(() => Date.now())) + 100);
  await stack.startServer();
  await services.page.getByRole("button", { name: "Retry now" }).click();
  await services.isConnected(3_000);
  await services.wasNotReloaded();
});

test("a page that cannot be read comes by itself once it can be", async ({ services, stack, browserConsole }) => {
  browserConsole.announce(...GONE);
  const { page } = services;
  await stack.redis.kill();
  await page.getByRole("navigation").getByRole("link", { name: "Audit" }).click();
  await expect(page.getByRole("heading", { name: "Audit cannot be shown" })).toBeVisible({ timeout: 20_000 });
  await stack.redis.startAgain();
  await expect(page.getByRole("heading", { name: "Audit", exact: true })).toBeVisible({ timeout: 20_000 });
});
