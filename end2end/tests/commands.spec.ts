import type { Page } from "@playwright/test";

import { ServicesPage } from "../support/services-page.ts";
import { expect, openWithClock, signInAs, test } from "../support/test.ts";

async function choose(page: Page, service: string, action: string): Promise<void> {
  const row = page.locator(`tr[data-service="${service}"]`);
  await row.getByLabel(`More actions for ${service}`).click();
  await row.locator(".menu-panel").locator(`[data-control="${action}"] button`).click();
}

test("Stop asks first, shows who asked until the service has stopped, and Start brings it back", async ({ services }) => {
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

test("Pause and Resume ask nothing; what another page asked shows here, and its end is told there alone", async ({
  services,
  visitor,
  stack,
}) => {
  const context = await visitor();
  await signInAs(context, stack);
  const other = new ServicesPage(await context.newPage());
  await other.page.goto("/services");
  await other.isConnected();
  // Somebody looks all the time, so that nobody is told anything anew: the question has its counts all the same.
  await services.page.reload();
  await services.isConnected();
  await choose(services.page, "balance-sync", "stop");
  const dialog = services.page.getByRole("dialog", { name: "Stop balance-sync?" });
  await expect(dialog).toContainText("No job is running.");
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await choose(other.page, "account-enrichment", "pause");
  await expect(services.cell("account-enrichment", "status")).toHaveText("Paused");
  await expect(other.page.getByTestId("toast")).toBeVisible();
  await expect(services.page.getByTestId("toast"), "whoever asked is told").toHaveCount(0);

  const heard = await stack.redis.subscribe("service:commands");
  await services.row("account-enrichment").getByRole("button", { name: "Resume", exact: true }).click();
  await expect(services.cell("account-enrichment", "status")).toHaveText("Idle");
  await expect.poll(() => heard.heard.length).toBe(1);
  heard.stop();
  expect(JSON.parse(heard.heard[0]!.text)).toMatchObject({ command: "resume", service: "account-enrichment", actor: "admin" });
});

test("each service's button, and a menu that was chosen from, spins until its own command has ended", async ({ services, stack }) => {
  const { page } = services;
  const ids = ["letters", "mail"];
  const button = (id: string) => services.row(id).getByRole("button", { name: "Run now" });
  for (const id of ids) {
    await stack.redis.publish(id, { state: "idle" }, { controls: ["trigger", "pause"], reportEvery: 600_000 });
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
  for (const id of ids) await expect(services.cell(id, "status")).toContainText("Triggering… requested by admin");
  expect(await enabled.jsonValue()).toEqual([]);
  /** mail answers the command that it heard last. */
  const answer = async (message: string) => {
    const asked = heard.heard.map(({ text }) => JSON.parse(text) as { id: string; service: string });
    const { id } = asked.findLast(({ service }) => service === "mail")!;
    const said = { id, service: "mail", outcome: "succeeded", message, timestamp: Date.now() };
    await stack.redis.cli("PUBLISH", "service:commands:outcomes", JSON.stringify(said));
  };
  await answer("All sent.");
  await expect(button("mail")).toBeEnabled();
  await expect(page.getByTestId("toast").filter({ hasText: "mail: All sent." })).toBeVisible();
  await expect(button("letters")).toBeDisabled();
  expect(await enabled.jsonValue()).toEqual(["mail"]);

  await choose(page, "mail", "pause");
  const menu = services.row("mail").getByLabel("More actions for mail");
  await expect(services.row("mail").locator(".menu-panel")).toBeHidden();
  await expect(menu.locator(".icon-spins")).toBeVisible();
  await expect.poll(() => heard.heard.length).toBe(3);
  heard.stop();
  await answer("Paused.");
  await expect(menu.locator(".icon-spins")).toHaveCount(0);
});

test("a silent service can be asked for anything, whatever it last said", async ({ visitor, stack }) => {
  const services = await openWithClock(visitor, stack);
  const { page } = services;
  await stack.redis.publish("mail", { state: "running" }, { controls: ["start", "stop"], reportEvery: 600_000 });
  await expect(services.cell("mail", "status")).toContainText("Running");
  const start = services.row("mail").locator('[data-control="start"] button');
  await services.row("mail").getByLabel("More actions for mail").click();
  await expect(start).toBeDisabled();
  await expect(services.row("mail").locator('[data-control="start"]')).toContainText("It runs already.");
  // No signal after five reports that did not come.
  await stack.redis.publish("mail", { state: "running" }, { controls: ["start", "stop"], reportEvery: 100 });
  await expect(services.cell("mail", "status")).toContainText("No signal");
  await expect(start).toBeEnabled();
  await page.keyboard.press("Escape");
  // The palette's clock may be a second behind that of the row.
  await page.clock.runFor(1_000);
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox", { name: "Page, service or action" }).fill("start mail");
  await expect(page.getByRole("option", { name: "Start mail" })).toBeVisible();
  await page.keyboard.press("Escape");
  await services.row("mail").getByLabel("More actions for mail").click();
  await start.click();
  await expect(services.cell("mail", "status")).toContainText("Start by admin: No service is listening");
});

test("without JavaScript the buttons are forms", async ({ visitor, stack }) => {
  const context = await visitor({ javaScriptEnabled: false });
  await signInAs(context, stack);
  const page = await context.newPage();
  await page.goto("/services");
  const row = page.locator('tr[data-service="account-enrichment"]');
  await expect(row.locator('[data-cell="status"]')).toHaveText("Idle");
  await row.locator("details.menu summary").click();
  await row.locator('[data-control="pause"] button').click();
  await expect.poll(() => stack.redis.cli("HGET", "sm:status", "account-enrichment")).toContain("paused");
  await page.goto("/services");
  await expect(row.locator('[data-cell="status"]')).toHaveText("Paused");
});
