import type { Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

/** Holds every answer of that server function back, once the server has given it, until it is let go. */
async function hold(page: Page, name: string): Promise<{ asked: Promise<unknown>; letGo: () => Promise<void> }> {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const address = new RegExp(`/fn/${name}$`);
  const asked = page.waitForRequest(address);
  await page.route(address, async (route) => {
    const answer = await route.fetch();
    await opened;
    await route.fulfill({ response: answer });
  });
  const letGo = async () => {
    const answered = page.waitForResponse(address);
    open();
    await (await answered).finished();
  };
  return { asked, letGo };
}

const tab = (page: Page, name: string) => page.getByRole("link", { name, exact: true });

test("an answer that comes after its page was left does no harm", async ({ services }) => {
  const { page } = services;
  await services.markLoad();
  await tab(page, "Jobs").click();
  await expect(page.getByRole("heading", { name: "Jobs" })).toBeVisible();
  await services.isConnected();
  const { asked, letGo } = await hold(page, "jobs_page");
  const headers = { "Sec-Fetch-Site": "same-origin" };
  await page.request.post("/api/services/balance-sync", { data: { userId: 2 }, headers });
  await asked;
  await tab(page, "Dashboard").click();
  await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
  await letGo();
  await tab(page, "Services").click();
  await services.isConnected();
  await expect(services.row("balance-sync")).toBeVisible();
  await services.wasNotReloaded();
});

const toast = (page: Page, text: string | RegExp) => page.getByTestId("toast").filter({ hasText: text });

test("what became of a command is told on the page to which its giver went, and asked for again from there", async ({
  services,
  stack,
}) => {
  const { page } = services;
  await services.markLoad();
  const asked = await stack.redis.subscribe("service:commands");
  /** The service answers the command that it heard last, once it heard so many. */
  const answer = async (commands: number) => {
    await expect.poll(() => asked.heard.length).toBe(commands);
    const { id } = JSON.parse(asked.heard.at(-1)!.text) as { id: string };
    const said = { id, service: "mail", outcome: "failed", message: "It is jammed.", timestamp: Date.now() };
    await stack.redis.cli("PUBLISH", "service:commands:outcomes", JSON.stringify(said));
  };
  await stack.redis.publish("mail", { state: "running" }, { controls: ["stop"], reportEvery: 600_000 });
  await services.row("mail").getByLabel("More actions for mail").click();
  await services.row("mail").getByRole("button", { name: "Stop" }).click();
  const dialog = page.getByRole("dialog", { name: "Stop mail?" });
  await dialog.getByRole("button", { name: "Stop mail" }).click();
  await expect(services.cell("mail", "status")).toContainText("Stopping… requested by admin");
  await page.keyboard.press("g");
  await page.keyboard.press("j");
  await expect(page.getByRole("heading", { name: "Jobs" })).toBeVisible();

  await answer(1);
  const failed = toast(page, "mail: Stop – Failed.");
  await expect(failed).toBeVisible();
  await expect(failed.locator(".request-name code")).toHaveText(/^[0-9a-f-]{36}$/);
  for (const name of ["Accounts", "Dashboard", "Services"]) {
    await tab(page, name).click();
    await expect(page.getByRole("heading", { name, exact: true })).toBeVisible();
    await expect(failed, "bad news stays").toBeVisible();
  }
  await tab(page, "Audit").click();
  await expect(page.getByRole("heading", { name: "Audit" })).toBeVisible();
  await services.isConnected();
  await failed.getByRole("button", { name: "Retry" }).click();
  await expect(failed).toHaveCount(0);
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: "Stop mail" }).click();
  await answer(2);
  asked.stop();
  await expect(failed).toHaveCount(1);
  await services.wasNotReloaded();
});

test("the end of a sync is told wherever its asker is, once, and a sign-out leaves no message behind", async ({
  services,
  stack,
}) => {
  const { page } = services;
  const headers = { "Sec-Fetch-Site": "same-origin" };
  const command = (command: string) => page.request.post("/api/services/balance-sync/commands", { data: { command }, headers });
  const isSaid = (state: string) => expect(services.cell("balance-sync", "status")).toHaveText(state);
  await command("pause");
  await isSaid("Paused");
  await tab(page, "Accounts").click();
  await services.isConnected();
  await page.locator('.user-card[data-user="2"]').getByRole("button", { name: "Sync this user" }).click();
  await expect(toast(page, /^Sync of .* queued/)).toBeVisible();
  await tab(page, "Jobs").click();
  await expect(page.getByRole("heading", { name: "Jobs" })).toBeVisible();
  await expect(toast(page, /^Sync of .* queued/), "it is still awaited").toBeVisible();
  await command("resume");
  await expect(toast(page, "(user 2)")).toBeVisible();
  await expect(page.getByTestId("toast")).toHaveCount(1);

  await stack.redis.cli("SADD", "sm:bank:accounts:3", "99999999");
  await tab(page, "Accounts").click();
  await services.isConnected();
  await page.locator('.user-card[data-user="3"]').getByRole("button", { name: "Sync this user" }).click();
  await expect(toast(page, "does not know")).toBeVisible({ timeout: 10_000 });
  await services.signOut();
  await expect(page).toHaveURL(/\/login/);
  await expect(page.locator(".toasts")).toHaveCount(0);
});

test("a command or a sync that is answered after its page was left is told all the same", async ({ services, browserConsole }) => {
  browserConsole.announce(/status of 422/);
  const { page } = services;
  const row = services.row("balance-sync");
  const leave = async () => {
    await tab(page, "Dashboard").click();
    await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
  };
  const command = await hold(page, "command_service");
  await row.getByLabel("More actions for balance-sync").click();
  await row.locator('[data-control="stop"] button').click();
  const stop = page.getByRole("dialog", { name: "Stop balance-sync?" });
  await stop.getByLabel("Reason (optional)").fill("\u202egninrom");
  await stop.getByRole("button", { name: "Stop balance-sync" }).click();
  await command.asked;
  await leave();
  await command.letGo();
  await expect(toast(page, "Stop balance-sync: reason: it must be at most 500 characters")).toBeVisible();

  await tab(page, "Services").click();
  const sync = await hold(page, "sync_balance");
  await row.getByRole("button", { name: "Sync now" }).click();
  const dialog = page.getByRole("dialog", { name: "Sync balances" });
  await dialog.getByRole("searchbox").fill("2");
  await dialog.locator('input[name="user_id"][value="2"]').check();
  await dialog.getByRole("button", { name: "Sync", exact: true }).click();
  await sync.asked;
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await leave();
  await sync.letGo();
  await expect(toast(page, "(user 2)")).toBeVisible({ timeout: 10_000 });
  await services.isConnected();
});
