import type { Page } from "@playwright/test";

import { addUser, expect, signInAs, test } from "../support/test.ts";

const focused = (page: Page) => page.evaluate(() => document.activeElement?.closest("tr")?.getAttribute("data-service"));

test("keys find, move, open, and lead to every tab; while typing they are text", async ({ services }) => {
  const { page } = services;
  await services.markLoad();

  await page.keyboard.press("/");
  const field = page.getByRole("searchbox");
  await expect(field).toBeFocused();
  await page.keyboard.type("tgs?jk/");
  await expect(field).toHaveValue("tgs?jk/");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page).toHaveURL(/\/services\?q=tgs/);
  await field.fill("");
  await expect(services.row("balance-sync")).toBeVisible();
  await field.blur();

  const order = ["account-discovery", "account-enrichment", "balance-sync"];
  for (const service of order) {
    await page.keyboard.press("j");
    expect(await focused(page)).toBe(service);
  }
  await page.keyboard.press("j");
  expect(await focused(page), "the last row stays").toBe("balance-sync");
  await page.keyboard.press("k");
  expect(await focused(page)).toBe("account-enrichment");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/services\/account-enrichment$/);
  await page.goBack();
  await services.isConnected();

  for (const [key, path] of [
    ["j", "/jobs"],
    ["a", "/accounts"],
    ["u", "/audit"],
    ["l", "/logs"],
    ["d", "/dashboard"],
    ["s", "/services"],
  ] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await expect(page).toHaveURL(new RegExp(`${path}$`));
    await expect(page.getByRole("navigation", { name: "Pages" }).locator('[aria-current="page"]')).toHaveAttribute("href", path);
  }
  await services.wasNotReloaded();
});

test("t goes through the themes, and the next visit keeps the choice", async ({ services }) => {
  const { page } = services;
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme ?? "system");
  expect(await theme()).toBe("system");
  for (const next of ["light", "dark"]) {
    await page.keyboard.press("t");
    expect(await theme()).toBe(next);
  }
  await page.reload();
  await services.isConnected();
  expect(await theme()).toBe("dark");
  await expect(page.getByRole("button", { name: "Dark theme" })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("t");
  expect(await theme()).toBe("system");
});

test("? opens the help, which has the keys for itself until it is closed", async ({ services }) => {
  const { page } = services;
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await expect(help).toContainText("Go to Dashboard");
  await page.keyboard.press("t");
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBeUndefined();
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
  const button = page.getByRole("button", { name: "Help" });
  await button.click();
  await expect(help).toBeVisible();
  await help.getByRole("button", { name: "Close" }).click();
  await expect(help).toBeHidden();
  await expect(button).toBeFocused();
});

test("the palette finds pages, services and actions, and asks before it stops anything", async ({ services }) => {
  const { page } = services;
  await page.getByRole("searchbox", { name: "Filter services by name" }).focus();
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Find a page, a service or an action" });
  const field = palette.getByRole("combobox");
  await expect(field).toBeFocused();
  await field.fill("stop balance");
  await expect(palette.getByRole("option")).toHaveText(["Stop balance-syncAction"]);
  await page.keyboard.press("Enter");
  await expect(palette).toBeHidden();
  const question = page.getByRole("dialog", { name: "Stop balance-sync?" });
  await expect(question.getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(services.cell("balance-sync", "status")).toContainText("Idle");

  await page.keyboard.press("Control+k");
  await field.fill("account-disc");
  await expect(palette.getByRole("option", { selected: true })).toHaveText("account-discoveryService");
  await page.keyboard.press("ArrowDown");
  await expect(palette.getByRole("option", { selected: true })).toHaveText("Run now account-discoveryAction");
  await expect(field).toHaveAttribute("aria-activedescendant", "palette-1");
  await field.fill("no such thing");
  await expect(palette.getByText("Nothing has that name.")).toBeVisible();
  await field.fill("jobs");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/jobs$/);

  await expect(page.getByRole("heading", { name: "Jobs" })).toBeVisible();
  await services.isConnected();
  await page.keyboard.press("Control+k");
  await field.fill("pause account-enrichment");
  await expect(palette.getByRole("option")).toHaveText(["Pause account-enrichmentAction"]);
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("toast"), "its outcome is told on any page").toContainText("account-enrichment");
});

test("a viewer finds pages and services, and no action", async ({ visitor, stack }) => {
  await addUser(stack, "vera", "viewer");
  const context = await visitor();
  await signInAs(context, stack, "vera");
  const page = await context.newPage();
  await page.goto("/services");
  await expect(page.locator('[data-connection="connected"]')).toBeVisible();
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Find a page, a service or an action" });
  await palette.getByRole("combobox").fill("balance-sync");
  await expect(palette.getByRole("option")).toHaveText(["balance-syncService"]);
  await palette.getByRole("combobox").fill("administration");
  await expect(palette.getByRole("option")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await page.locator(".user-menu summary").click();
  await expect(page.getByRole("link", { name: "Administration" })).toHaveCount(0);
});

test("j and k go through whatever a page lists; the user's menu closes like a menu", async ({ services }) => {
  const { page } = services;
  for (const [path, listed] of [
    ["/audit", "tr[data-record]"],
    ["/accounts", ".user-card"],
    ["/admin", "main tbody tr"],
  ] as const) {
    await page.goto(path);
    await services.isConnected();
    const at = () =>
      page.locator(listed).evaluateAll((all) => all.findIndex((one) => one === document.activeElement?.closest("tr, .user-card")));
    await page.keyboard.press("j");
    expect(await at(), path).toBe(0);
    await page.keyboard.press("k");
    expect(await at(), "the first stays").toBe(0);
  }

  const menu = page.locator(".user-menu");
  await menu.locator("summary").click();
  await expect(menu).toHaveAttribute("open");
  await page.keyboard.press("Escape");
  await expect(menu).not.toHaveAttribute("open");
  await expect(menu.locator("summary")).toBeFocused();
  await menu.locator("summary").click();
  await menu.locator(".user-panel-name").click();
  await expect(menu, "a click on what it says leaves it open").toHaveAttribute("open");
  await page.getByRole("heading", { level: 1 }).click();
  await expect(menu).not.toHaveAttribute("open");
});
