import { until } from "../support/processes.ts";
import { expect, openWithClock, stopClock, test } from "../support/test.ts";

/** What the browser itself says when a server is gone. */
const GONE = [/net::ERR_/, /status of 50[0-9]/];

/** A little more than the 5 s, a fifth more or less, after which a lost stream is asked for again. */
const UNTIL_THE_NEXT_ATTEMPT = 6_500;

test("a killed server shows at once, and its return heals the page without a reload", async ({
  visitor,
  stack,
  browserConsole,
}) => {
  browserConsole.announce(...GONE);
  const services = await openWithClock(visitor, stack);
  await stack.redis.publish("email-sender", { state: "running", queued: 3 });
  await expect(services.cell("email-sender", "details")).toContainText("3");
  await services.markLoad();

  await stack.killServer();

  await services.shows("disconnected", 10_000);
  await expect(services.connection).toContainText("Disconnected");
  await expect(services.connection).toContainText(/Reconnecting in [1-6] s/);
  await expect(services.cell("email-sender", "details")).toContainText("3");

  await stack.redis.publish("email-sender", { state: "stopped", queued: 9 });
  await stack.startServer();
  // While nobody listened, that message was lost to Pub/Sub; the next one must not be.
  await stack.redis.publish("email-sender", { state: "paused", queued: 7 });
  await services.page.clock.runFor(UNTIL_THE_NEXT_ATTEMPT);

  await services.isConnected();
  await expect(services.cell("email-sender", "details")).toContainText("7");
  await expect(services.cell("email-sender", "status")).toContainText("Paused");
  await services.wasNotReloaded();

  await stack.redis.publish("email-sender", { state: "running", queued: 8 });
  await expect(services.cell("email-sender", "details")).toContainText("8");
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
  await until("the server subscribes again", async () => (await stack.redis.cli("PUBSUB", "NUMPAT")) !== "0");
  await stack.redis.publish("email-sender", { state: "paused", queued: 5 });
  await expect(services.cell("email-sender", "details")).toContainText("5");
  await services.wasNotReloaded();
});

test("a server that cannot serve a stream is told from one that is gone", async ({ visitor, stack, browserConsole }) => {
  browserConsole.announce(...GONE);
  const services = await openWithClock(visitor, stack);
  await services.markLoad();
  await stack.redis.kill();
  await stack.killServer();
  await services.shows("disconnected", 10_000);
  await stack.startServerWithoutRedis();
  await services.page.clock.runFor(UNTIL_THE_NEXT_ATTEMPT);
  await services.shows("unavailable", 10_000);
  await expect(services.connection).toContainText("Service unavailable, retrying");
  await stack.redis.startAgain();
  await stack.isReady();
  await services.page.clock.runFor(UNTIL_THE_NEXT_ATTEMPT);
  await services.isConnected();
  await services.wasNotReloaded();
});

test("Retry now does not wait for the countdown, and a short absence is not worth a word", async ({ visitor, stack, browserConsole }) => {
  browserConsole.announce(...GONE);
  const services = await openWithClock(visitor, stack);
  await services.markLoad();
  await stack.killServer();
  await services.shows("disconnected", 10_000);
  // From here on no countdown of the page's ends.
  await stopClock(services.page);
  await stack.startServer();
  await services.page.getByRole("button", { name: "Retry now" }).click();
  await services.isConnected();
  await services.page.clock.resume();
  await stack.redis.publish("mail", { state: "running" });
  await expect(services.row("mail")).toBeVisible();
  await expect(services.page.getByTestId("away")).toHaveCount(0);
  await services.wasNotReloaded();
});

test("after ten seconds without a connection the page tells what changed meanwhile, and shows it", async ({
  visitor,
  stack,
  browserConsole,
}) => {
  browserConsole.announce(...GONE);
  const services = await openWithClock(visitor, stack);
  const { page } = services;
  await stack.redis.publish("mail", { state: "running" });
  await stack.redis.publish("sms", { state: "running" });
  await expect(services.row("sms")).toBeVisible();
  await services.markLoad();
  const banner = page.getByTestId("away");
  // The connection is cut in the browser; the services go on.
  await page.context().setOffline(true);
  await stack.killServer();
  await services.shows("disconnected", 10_000);
  await stack.startServer();
  await stack.redis.publish("mail", { state: "failed" });
  await page.clock.runFor(11_000);
  await expect(banner, "only who comes back is told").toHaveCount(0);
  await page.context().setOffline(false);
  await page.clock.runFor(UNTIL_THE_NEXT_ATTEMPT);

  await services.isConnected();
  await expect(banner).toContainText(/^Disconnected [1-9]\d s: mail Running → Failed\. Show$/);
  await banner.getByRole("link", { name: "Show" }).click();
  await expect(page).toHaveURL(/\/services\?only=mail$/);
  await expect(page.locator("tr[data-service]")).toHaveCount(1);
  await expect(page.getByText("Only 1 service")).toBeVisible();
  await banner.getByRole("button", { name: "Dismiss" }).click();
  await expect(banner).toHaveCount(0);
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(services.row("sms")).toBeVisible();
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
