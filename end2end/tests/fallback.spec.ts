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
    await services.page.getByRole("button", { name: "Sign out" }).click();
    await expect(services.page).toHaveURL(/\/login/);
  });

  test("a wrong password is refused with a reason", async ({ visitor, browserConsole }) => {
    browserConsole.announce(/status of 40[13]|status of 422/);
    const page = await (await visitor({ javaScriptEnabled: false })).newPage();
    await signIn(page, "not-the-password");
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(page).toHaveURL(/\/login/);
  });
});
