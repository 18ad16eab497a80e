import type { Page } from "@playwright/test";

import { signIn } from "../support/test.ts";
import { expect, test } from "../support/test.ts";

async function choose(page: Page, service: string, action: string): Promise<void> {
  const row = page.locator(`tr[data-service="${service}"]`);
  await row.getByLabel(`More actions for ${service}`).click();
  await row.locator(".menu-panel").locator(`[data-control="${action}"] button`).click();
}

test("Stop asks first, shows who asked until the service has stopped, and Start brings it back", async ({ services }) => {
  await services.settle();
  const { page } = services;
  await services.markLoad();
  const states = await services.record("balance-sync", "status");
  await choose(page, "balance-sync", "stop");

  const dialog = page.getByRole("dialog", { name: "Stop balance-sync?" });
  await expect(dialog).toContainText("No job is running.");
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await dialog.getByLabel("Reason (optional)").fill("maintenance");
  await dialog.getByRole("button", { name: "Stop balance-sync" }).click();
  await expect(dialog).toBeHidden();

  await expect(services.cell("balance-sync", "status")).toHaveText("Stopped");
  await expect(page.getByTestId("toast")).toContainText("balance-sync: It has stopped; no job waits.");
  expect((await states()).join("\n"), "who asked stood there meanwhile").toContain("requested by admin");

  const row = services.row("balance-sync");
  await row.getByLabel("More actions for balance-sync").click();
  await expect(row.locator(`[data-control="pause"] button`)).toBeDisabled();
  await expect(row.locator('[data-control="pause"]')).toContainText("It is stopped.");
  await page.keyboard.press("Escape");
  await expect(row.locator(".menu-panel")).toBeHidden();
  await expect(row.getByLabel("More actions for balance-sync")).toBeFocused();

  await row.getByRole("button", { name: "Start", exact: true }).click();
  await expect(services.cell("balance-sync", "status")).toHaveText("Idle");
  await expect(row.getByRole("button", { name: "Sync now" })).toBeEnabled();
  await services.wasNotReloaded();
});

test("Stop's question has its counts also on a page that comes while nothing moves", async ({ services, visitor }) => {
  await services.settle();
  const { page } = services;
  // Somebody else looks all the time, so that nobody is told anything anew.
  const other = await (await visitor()).newPage();
  await signIn(other);
  await expect(other.locator("[data-connection]").first()).toContainText("Connected");
  await page.reload();
  await services.isConnected();
  await choose(page, "balance-sync", "stop");
  const dialog = page.getByRole("dialog", { name: "Stop balance-sync?" });
  await expect(dialog).toContainText("No job is running.");
  await dialog.getByRole("button", { name: "Cancel" }).click();
});

test("Pause and Resume ask nothing", async ({ services }) => {
  await services.settle();
  await choose(services.page, "account-discovery", "pause");
  await expect(services.cell("account-discovery", "status")).toHaveText("Paused");
  await services.row("account-discovery").getByRole("button", { name: "Resume", exact: true }).click();
  await expect(services.cell("account-discovery", "status")).toHaveText("Idle");
});

test("what another page asked shows here, and a refusal says why", async ({ services, visitor, stack }) => {
  await services.settle();
  const other = await (await visitor()).newPage();
  await signIn(other);
  await expect(other.locator("[data-connection]").first()).toContainText("Connected");
  await choose(other, "account-enrichment", "pause");
  await expect(services.cell("account-enrichment", "status")).toHaveText("Paused");
  await expect(services.page.getByTestId("toast"), "whoever asked is told").toHaveCount(0);

  const heard = await stack.redis.subscribe("service:commands");
  await services.row("account-enrichment").getByRole("button", { name: "Resume", exact: true }).click();
  await expect(services.cell("account-enrichment", "status")).toHaveText("Idle");
  heard.stop();
  expect(heard.heard.map(({ text }) => JSON.parse(text))).toEqual([
    expect.objectContaining({ command: "resume", service: "account-enrichment", actor: "admin" }),
  ]);
});

test("each service's button spins and stays disabled until its own command has ended", async ({ services, stack }) => {
  await services.settle();
  const { page } = services;
  const ids = ["letters", "mail"];
  const button = (id: string) => services.row(id).getByRole("button", { name: "Run now" });
  for (const id of ids) {
    await stack.redis.publish(id, { state: "idle" }, { controls: ["trigger"], reportEvery: 600_000 });
    await expect(button(id)).toBeEnabled();
  }
  const heard = await stack.redis.subscribe("service:commands");
  const enabled = await page.evaluateHandle(() => {
    const enabled: string[] = [];
    for (const row of document.querySelectorAll('[data-service="letters"], [data-service="mail"]')) {
      const button = row.querySelector<HTMLButtonElement>('[data-control="trigger"] button')!;
      const note = () => void (button.disabled || enabled.push(row.getAttribute("data-service")!));
      new MutationObserver(note).observe(button, { attributeFilter: ["disabled"] });
    }
    return enabled;
  });
  for (const id of ids) await button(id).click();
  for (const id of ids) {
    await expect(button(id)).toBeDisabled();
    await expect(button(id).locator(".icon-spins")).toBeVisible();
  }
  await expect.poll(() => heard.heard.length).toBe(2);
  heard.stop();
  for (const id of ids) await expect(services.cell(id, "status")).toContainText("Triggering… requested by admin");
  expect(await enabled.jsonValue()).toEqual([]);
  const asked = heard.heard.map(({ text }) => JSON.parse(text) as { id: string; service: string });
  const { id } = asked.find(({ service }) => service === "mail")!;
  const said = { id, service: "mail", outcome: "succeeded", message: "All sent.", timestamp: Date.now() };
  await stack.redis.cli("PUBLISH", "service:commands:outcomes", JSON.stringify(said));
  await expect(button("mail")).toBeEnabled();
  await expect(page.getByTestId("toast").filter({ hasText: "mail: All sent." })).toBeVisible();
  await expect(button("letters")).toBeDisabled();
  expect(await enabled.jsonValue()).toEqual(["mail"]);
});

test("what was chosen from a menu spins where the menu is", async ({ services, stack }) => {
  await services.settle();
  await stack.redis.publish("mail", { state: "idle" }, { controls: ["trigger", "pause"], reportEvery: 600_000 });
  const heard = await stack.redis.subscribe("service:commands");
  await choose(services.page, "mail", "pause");
  const menu = services.row("mail").getByLabel("More actions for mail");
  await expect(services.row("mail").locator(".menu-panel")).toBeHidden();
  await expect(menu.locator(".icon-spins")).toBeVisible();
  await expect.poll(() => heard.heard.length).toBe(1);
  heard.stop();
  const { id } = JSON.parse(heard.heard[0]!.text) as { id: string };
  const said = { id, service: "mail", outcome: "succeeded", timestamp: Date.now() };
  await stack.redis.cli("PUBLISH", "service:commands:outcomes", JSON.stringify(said));
  await expect(menu.locator(".icon-spins")).toHaveCount(0);
});

test("a silent service can be asked for anything, whatever it last said", async ({ services, stack }) => {
  await services.settle();
  const { page } = services;
  await stack.redis.publish("mail", { state: "running" }, { controls: ["start", "stop"], reportEvery: 1_000 });
  await expect(services.cell("mail", "status")).toContainText("Running");
  const start = services.row("mail").locator('[data-control="start"] button');
  await services.row("mail").getByLabel("More actions for mail").click();
  await expect(start).toBeDisabled();
  await expect(services.row("mail").locator('[data-control="start"]')).toContainText("It runs already.");
  await expect(services.cell("mail", "status")).toContainText("No signal", { timeout: 10_000 });
  await expect(start).toBeEnabled();
  await page.keyboard.press("Escape");
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox", { name: "Page, service or action" }).fill("start mail");
  await expect(page.getByRole("option", { name: "Start mail" })).toBeVisible();
  await page.keyboard.press("Escape");
  await services.row("mail").getByLabel("More actions for mail").click();
  await start.click();
  await expect(services.cell("mail", "status")).toContainText("Start by admin: No service is listening");
});

test("without JavaScript the buttons are forms", async ({ visitor }) => {
  const page = await (await visitor({ javaScriptEnabled: false })).newPage();
  await signIn(page);
  const row = page.locator('tr[data-service="account-enrichment"]');
  await expect(async () => {
    await page.reload();
    await expect(row.locator('[data-cell="status"]')).toHaveText("Idle", { timeout: 100 });
  }).toPass({ timeout: 20_000 });
  await row.locator("details.menu summary").click();
  await row.locator('[data-control="pause"] button').click();
  await expect(async () => {
    await page.goto("/services");
    await expect(row.locator('[data-cell="status"]')).toHaveText("Paused", { timeout: 100 });
  }).toPass();
});
