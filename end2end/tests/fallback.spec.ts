import { ServicesPage } from "../support/services-page.ts";
import { expect, signIn, test } from "../support/test.ts";

test("without EventSource the page polls, says so, and follows", async ({ visitor, stack }) => {
  const context = await visitor();
  await context.addInitScript(() => Reflect.deleteProperty(window, "EventSource"));
  const services = new ServicesPage(await context.newPage());
  await signIn(services.page);
  await services.shows("polling", 10_000);
  await expect(services.connection).toContainText("Polling every 10 s");
  await services.markLoad();

  await stack.redis.publish("email-sender", { state: "running", queued: 3 });

  await expect(services.cell("email-sender", "details")).toContainText("3", { timeout: 12_000 });
  await services.wasNotReloaded();
});

test.describe("without JavaScript", () => {
  test("sign-in, table and sign-out work", async ({ visitor, stack }) => {
    await stack.redis.publish("email-sender", { state: "running", queued: 3 });
    const services = new ServicesPage(await (await visitor({ javaScriptEnabled: false })).newPage());
    await signIn(services.page);
    await expect(services.page).toHaveURL(/\/services/);
    await expect(services.row("balance-sync")).toBeVisible();
    await expect(services.cell("email-sender", "details")).toContainText("3");
    await services.signOut();
    await expect(services.page).toHaveURL(/\/login/);
  });

  test("a wrong password is refused with a reason", async ({ visitor }) => {
    const page = await (await visitor({ javaScriptEnabled: false })).newPage();
    await signIn(page, "not-the-password");
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(page).toHaveURL(/\/login/);
  });

  test("the sync form searches, sends and comes back to the table", async ({ visitor, stack }) => {
    const { heard, stop } = await stack.redis.subscribe("service:balance-sync");
    const services = new ServicesPage(await (await visitor({ javaScriptEnabled: false })).newPage());
    const { page } = services;
    await signIn(page);

    await services.row("balance-sync").getByRole("button", { name: "Sync now" }).click();
    const choice = page.locator('input[name="user_id"][value="2"]');
    // Discovery may still be on its way to the second customer.
    await expect(async () => {
      await page.getByRole("searchbox").fill("2");
      await page.getByRole("button", { name: "Search" }).click();
      await expect(choice).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 15_000 });
    await choice.check();
    const before = heard.length;
    await page.getByRole("button", { name: "Sync", exact: true }).click();

    await expect(page).toHaveURL(/\/services\?queued=[0-9a-f-]{36}$/);
    await expect(page.getByText(/^The sync is queued|accounts? synced for .* \(user 2\)\.$/)).toBeVisible();
    await expect(services.row("balance-sync")).toBeVisible();
    await expect.poll(() => heard.length, "balance-sync reports").toBeGreaterThan(before);
    stop();
  });

  test("an address that somebody made up claims nothing", async ({ visitor }) => {
    const page = await (await visitor({ javaScriptEnabled: false })).newPage();
    await signIn(page);
    await page.goto("/services?queued=424242");
    await expect(page.locator("tr[data-service]").first()).toBeVisible();
    await expect(page.locator(".notice")).toHaveCount(0);
  });
});
