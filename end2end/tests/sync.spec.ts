import { expect, test } from "../support/test.ts";

test("Sync now: the row moves by itself, Redis hears it in the seed's form, the result is told", async ({
  services,
  stack,
}) => {
  // A page shows what is true when it draws: a run that is over before that is never seen under way.
  stack.freezeSandbox();
  const { page } = services;
  await services.markLoad();
  const texts = await services.record("balance-sync", "status");
  const { heard, stop } = await stack.redis.subscribe("service:*");

  await services.row("balance-sync").getByRole("button", { name: "Sync now" }).click();
  const dialog = page.getByRole("dialog", { name: "Sync balances" });
  await expect(dialog).toBeVisible();
  await dialog.getByRole("searchbox").fill("2");
  await dialog.locator('input[name="user_id"][value="2"]').check();
  await dialog.getByRole("button", { name: "Sync", exact: true }).click();

  await expect(dialog).toBeHidden();
  await expect(services.cell("balance-sync", "status")).toContainText("Running");
  stack.thawSandbox();
  await expect(page.getByTestId("toast").filter({ hasNotText: "queued" })).toBeVisible({ timeout: 10_000 });
  await expect.poll(texts, "the Status cell moved").toEqual(["Idle", expect.stringContaining("Running"), "Idle"]);
  await services.wasNotReloaded();
  const told = () => heard.filter(({ channel }) => channel === "service:balance-sync").map(({ text }) => JSON.parse(text));
  await expect.poll(() => told().at(-1).status, "after").toMatchObject({ priority: 0, processing: false });
  stop();

  const statuses = told();
  for (const status of statuses) {
    expect(status).toMatchObject({
      service: "balance-sync",
      timestamp: expect.any(Number),
      status: {
        running: true,
        processing: expect.any(Boolean),
        priority: expect.any(Number),
        background: expect.any(Number),
        interval: 3_600_000,
      },
    });
  }
  expect(statuses.some(({ status }) => status.priority > 0 || status.processing), "before or during").toBe(true);
});

test("a sync can be asked for while another command is under way", async ({ services, stack }) => {
  stack.freezeSandbox();
  const { page } = services;
  const button = services.row("balance-sync").getByRole("button", { name: "Sync now" });
  const ask = async (user: string) => {
    await button.click();
    const dialog = page.getByRole("dialog", { name: "Sync balances" });
    await dialog.getByRole("searchbox").fill(user);
    await dialog.locator(`input[name="user_id"][value="${user}"]`).check();
    await dialog.getByRole("button", { name: "Sync", exact: true }).click();
    await expect(dialog).toBeHidden();
  };
  // A job that is under way keeps a restart from ending.
  await ask("2");
  await expect(services.cell("balance-sync", "status")).toContainText("Running");
  await services.row("balance-sync").getByLabel("More actions for balance-sync").click();
  await services.row("balance-sync").locator('[data-control="restart"] button').click();
  const dialog = page.getByRole("dialog", { name: "Restart balance-sync?" });
  await dialog.getByRole("button", { name: "Restart balance-sync" }).click();
  await expect(services.cell("balance-sync", "status")).toContainText("Restarting… requested by admin");
  await expect(button).toBeEnabled();
  await ask("3");
  stack.thawSandbox();
  const told = (user: string) =>
    expect(page.getByTestId("toast").filter({ hasText: `(user ${user})` })).toBeVisible({ timeout: 20_000 });
  await Promise.all([told("2"), told("3")]);
});

test("the dialog closes without asking anything of the service", async ({ services }) => {
  const button = services.row("balance-sync").getByRole("button", { name: "Sync now" });
  await button.click();
  const dialog = services.page.getByRole("dialog", { name: "Sync balances" });
  await expect(dialog.getByRole("radio").first()).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Sync", exact: true })).toBeDisabled();
  await services.page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
});
