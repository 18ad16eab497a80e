import { expect, test } from "../support/test.ts";

/** What the browser itself says when a server is gone. */
const GONE = [/net::ERR_/, /status of 50[0-9]/];

test("after ten seconds without a connection the page tells what changed meanwhile, and shows it", async ({
  services,
  stack,
  browserConsole,
}, info) => {
  test.setTimeout(120_000);
  browserConsole.announce(...GONE);
  const { page } = services;
  await services.settle();
  await stack.redis.publish("mail", { state: "running" });
  await stack.redis.publish("sms", { state: "running" });
  await expect(services.row("sms")).toBeVisible();
  await services.markLoad();
  const banner = page.getByTestId("away");
  // The connection is cut in the browser; the services go on.
  await page.context().setOffline(true);
  await stack.killServer();
  await services.shows("disconnected", 2_000);
  await stack.startServer();
  await stack.redis.publish("mail", { state: "failed" });
  // Time passes for the page, and the banner speaks only of absences of ten seconds and more.
  const lost = Date.now();
  await expect.poll(() => Date.now() - lost, { timeout: 20_000 }).toBeGreaterThan(11_000);
  await expect(banner).toHaveCount(0);
  await page.context().setOffline(false);

  await services.isConnected(20_000);
  await expect(banner).toContainText(/^Disconnected 1\d s: mail Running → Failed\. Show$|^Disconnected 2\d s: mail Running → Failed\. Show$/);
  await page.screenshot({ path: info.outputPath("away.png") });
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

test("a connection that is back at once is not worth a word", async ({ services, stack, browserConsole }) => {
  browserConsole.announce(...GONE);
  await services.markLoad();
  await stack.killServer();
  await services.shows("disconnected", 2_000);
  await stack.startServer();
  await services.isConnected(10_000);
  await stack.redis.publish("mail", { state: "running" });
  await expect(services.row("mail")).toBeVisible();
  await expect(services.page.getByTestId("away")).toHaveCount(0);
  await services.wasNotReloaded();
});
