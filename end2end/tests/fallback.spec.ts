import { ServicesPage } from "../support/services-page.ts";
import { expect, signIn, signInAs, test } from "../support/test.ts";

test("without EventSource the page polls, says so, and follows", async ({ visitor, stack }) => {
  const context = await visitor();
  await signInAs(context, stack);
  await context.addInitScript(() => Reflect.deleteProperty(window, "EventSource"));
  const services = new ServicesPage(await context.newPage());
  await services.page.clock.install();
  await services.page.goto("/services");
  await services.shows("polling", 10_000);
  await expect(services.connection).toContainText("Polling every 10 s");
  await services.markLoad();

  await stack.redis.publish("email-sender", { state: "running", queued: 3 });
  await expect.poll(() => stack.redis.cli("HEXISTS", "sm:status", "email-sender")).toBe("1");

  await services.page.clock.runFor(10_000);
  await expect(services.cell("email-sender", "details")).toContainText("3");
  await services.wasNotReloaded();
});

test("without JavaScript a sign-in, the table, a sync and a sign-out work", async ({ visitor, stack }) => {
  await stack.redis.publish("email-sender", { state: "running", queued: 3 });
  const services = new ServicesPage(await (await visitor({ javaScriptEnabled: false })).newPage());
  const { page } = services;
  await signIn(page, "not-the-password");
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page).toHaveURL(/\/login/);
  await signIn(page);
  await expect(page).toHaveURL(/\/services/);
  await expect(services.cell("email-sender", "details")).toContainText("3");

  const { heard, stop } = await stack.redis.subscribe("service:balance-sync");
  await services.row("balance-sync").getByRole("button", { name: "Sync now" }).click();
  await page.getByRole("searchbox").fill("2");
  await page.getByRole("button", { name: "Search" }).click();
  await page.locator('input[name="user_id"][value="2"]').check();
  const before = heard.length;
  await page.getByRole("button", { name: "Sync", exact: true }).click();
  await expect(page).toHaveURL(/\/services\?queued=[0-9a-f-]{36}$/);
  await expect(page.getByText(/^The sync is queued|accounts? synced for .* \(user 2\)\.$/)).toBeVisible();
  await expect(services.row("balance-sync")).toBeVisible();
  await expect.poll(() => heard.length, "balance-sync reports").toBeGreaterThan(before);
  stop();

  await page.goto("/services?queued=424242");
  await expect(services.row("balance-sync")).toBeVisible();
  await expect(page.locator(".notice"), "an address that somebody made up claims nothing").toHaveCount(0);

  await services.signOut();
  await expect(page).toHaveURL(/\/login/);
});
