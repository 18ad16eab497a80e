import { expect, test } from "../support/test.ts";

test("Sync now: the queue moves by itself, Redis hears it in the seed's form, the result is told", async ({
  services,
  stack,
}) => {
  await services.settle();
  const { page } = services;
  await services.markLoad();
  const texts = await services.record("balance-sync", "details");
  const { heard, stop } = await stack.redis.subscribe("service:*");

  await services.row("balance-sync").getByRole("button", { name: "Sync now" }).click();
  const dialog = page.getByRole("dialog", { name: "Sync balances" });
  await expect(dialog).toBeVisible();
  await dialog.getByRole("searchbox").fill("2");
  await dialog.locator('input[name="user_id"][value="2"]').check();
  await dialog.getByRole("button", { name: "Sync", exact: true }).click();

  await expect(dialog).toBeHidden();
  await expect(page.getByTestId("toast").filter({ hasNotText: "queued" })).toBeVisible({ timeout: 15_000 });
  await expect.poll(async () => (await texts()).length, "the Details cell moved").toBeGreaterThan(2);
  await services.wasNotReloaded();
  stop();

  const statuses = heard.filter(({ channel }) => channel === "service:balance-sync").map(({ text }) => JSON.parse(text));
  for (const status of statuses) {
    expect(status).toMatchObject({
      service: "balance-sync",
      timestamp: expect.any(Number),
      status: {
        running: true,
        processing: expect.any(Boolean),
        priority: expect.any(Number),
        background: expect.any(Number),
        interval: 300_000,
      },
    });
  }
  expect(statuses.some(({ status }) => status.priority > 0 || status.processing), "before or during").toBe(true);
  expect(statuses.at(-1).status, "after").toMatchObject({ priority: 0 });
});

test("the dialog closes without asking anything of the service", async ({ services }) => {
  await services.settle();
  const button = services.row("balance-sync").getByRole("button", { name: "Sync now" });
  await button.click();
  const dialog = services.page.getByRole("dialog", { name: "Sync balances" });
  await expect(dialog.getByRole("radio").first()).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Sync", exact: true })).toBeDisabled();
  await services.page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
});
