import { expect, signInAs, test } from "../support/test.ts";

test("accounts show their balances, and a sync of one user shows by itself", async ({ services, stack }) => {
  const { page } = services;
  await page.getByRole("link", { name: "Accounts", exact: true }).click();
  const card = page.locator('.user-card[data-user="2"]');
  await expect(card).toBeVisible();
  await expect(page.locator(".user-card")).toHaveCount(50);
  await expect(card.locator("tbody tr").first()).toContainText(/\d\.\d\d/);
  const account = await card.locator("tbody tr").first().getAttribute("data-account");

  // Older than any answer, so that the next sync replaces it.
  const old = {
    askedAt: 1,
    currency: "XTS",
    workingBalance: "1.00",
    availableBalance: "2.00",
    clearedBalance: "3.00",
    onlineActualBalance: "4.00",
  };
  await stack.redis.cli("HSET", "sm:bank:balances", account!, JSON.stringify(old));
  await page.reload();
  await services.isConnected();
  await expect(card.locator("tbody tr").first()).toContainText("XTS");
  await services.markLoad();
  await card.getByRole("button", { name: "Sync this user" }).click();
  await expect(page.getByTestId("toast").filter({ hasText: "(user 2)" })).toBeVisible({ timeout: 15_000 });
  await expect(card.locator("tbody tr").first()).not.toContainText("XTS");
  await expect(card.locator('[data-cell="synced"]')).toContainText(/just now|\d+ s ago/);
  await services.wasNotReloaded();
});

test("a user whom discovery meets appears by itself", async ({ services, stack }) => {
  const { page } = services;
  const users = Number(await stack.redis.cli("HLEN", "sm:bank:users"));
  await page.goto(`/accounts?cursor=${users - 1}`);
  await services.isConnected();
  await services.markLoad();
  await expect(page.locator(".user-card")).toHaveCount(1);
  const met = JSON.stringify({ userId: users + 1, customerId: "990000001", displayName: "Newly Met" });
  await stack.redis.cli("HSET", "sm:bank:users", `${users + 1}`, met);
  await stack.redis.cli("PUBLISH", "sm:account", `${users + 1}`);
  await expect(page.locator(`.user-card[data-user="${users + 1}"]`)).toContainText("Newly Met");
  await services.wasNotReloaded();
});

test("a sync of one user spins until it has ended, also for who leaves and comes back", async ({ services }) => {
  const { page } = services;
  // The job waits as long as its service is paused.
  const command = async (command: string) => {
    const headers = { "Sec-Fetch-Site": "same-origin" };
    const answer = await page.request.post("/api/services/balance-sync/commands", { data: { command }, headers });
    expect(answer.status()).toBe(202);
  };
  await command("pause");
  await expect(services.cell("balance-sync", "status")).toContainText("Paused");
  const accounts = page.getByRole("link", { name: "Accounts", exact: true });
  const button = page.locator('.user-card[data-user="2"]').getByRole("button", { name: "Sync this user" });
  await accounts.click();
  await services.isConnected();
  await button.click();
  await expect(button).toBeDisabled();
  await expect(button.locator(".icon-spins")).toBeVisible();
  await expect(page.getByTestId("toast").filter({ hasText: "queued" })).toBeVisible();
  await expect(button, "queued is not ended").toBeDisabled();
  await page.getByRole("link", { name: "Dashboard", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
  await accounts.click();
  await expect(button).toBeDisabled();
  await command("resume");
  await expect(page.getByTestId("toast").filter({ hasText: "(user 2)" })).toBeVisible({ timeout: 15_000 });
  await expect(button).toBeEnabled();
  await expect(button.locator(".icon-spins")).toHaveCount(0);
});

test("a user is found by an account's number; many accounts are folded away", async ({ services, stack }) => {
  const { page } = services;
  const [account] = (await stack.redis.cli("SMEMBERS", "sm:bank:accounts:7")).split("\n");
  await page.goto(`/accounts?q=${account}`);
  await expect(page.locator(".user-card")).toHaveCount(1);
  await expect(page.locator('.user-card[data-user="7"]')).toBeVisible();
  await page.goto("/accounts?q=50");
  const fold = page.locator('.user-card[data-user="50"] details');
  await expect(fold).not.toHaveAttribute("open");
  await fold.locator("summary").click();
  await expect(fold.locator("tbody tr").first()).toBeVisible();
  await page.goto("/accounts?q=nobody-has-this-name");
  await expect(page.getByText("No user matches.")).toBeVisible();
});

test("without JavaScript the pages follow one another, and a sync can be asked for", async ({ visitor, stack }) => {
  const context = await visitor({ javaScriptEnabled: false });
  await signInAs(context, stack);
  const page = await context.newPage();
  await page.goto("/accounts");
  await expect(page.locator('.user-card[data-user="1"] tbody tr').first()).toContainText(/\d\.\d\d/);
  await page.getByRole("link", { name: "Next page" }).click();
  await expect(page).toHaveURL(/cursor=50$/);
  await expect(page.locator('.user-card[data-user="51"]')).toBeVisible();
  await page.locator('.user-card[data-user="51"]').getByRole("button", { name: "Sync this user" }).click();
  await expect(page).toHaveURL(/\/services\?queued=[0-9a-f-]{36}$/);
});
