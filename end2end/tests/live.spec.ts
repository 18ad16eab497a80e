import { ServicesPage } from "../support/services-page.ts";
import { expect, test } from "../support/test.ts";

const WITHIN_A_SECOND = { timeout: 1_000 };

test("a service nobody knew appears on every open page within a second, and stays", async ({ services, stack }) => {
  const second = new ServicesPage(await services.page.context().newPage());
  await second.page.goto("/services");
  await second.isConnected();
  await services.markLoad();

  await stack.redis.publish("email-sender", { state: "running", queued: 3 });

  for (const page of [services, second]) {
    await expect(page.cell("email-sender", "status")).toContainText("Running", WITHIN_A_SECOND);
    await expect(page.cell("email-sender", "details")).toContainText("3", WITHIN_A_SECOND);
  }
  await services.wasNotReloaded();

  await second.page.reload();
  await expect(second.cell("email-sender", "details")).toContainText("3");

  await second.page.close();
  await services.page.goto("about:blank");
  await stack.killServer();
  await stack.startServer();
  await services.page.goto("/services");
  await expect(services.cell("email-sender", "status")).toContainText("Running");
  await expect(services.cell("email-sender", "details")).toContainText("3");
});

test("a known row follows every message, the last one wins", async ({ services, stack }) => {
  await stack.redis.publish("email-sender", { state: "running", queued: 1 });
  await expect(services.row("email-sender")).toBeVisible(WITHIN_A_SECOND);
  for (let queued = 2; queued <= 40; queued += 1) await stack.redis.publish("email-sender", { state: "paused", queued });
  await expect(services.cell("email-sender", "details")).toContainText("40", WITHIN_A_SECOND);
  await expect(services.cell("email-sender", "status")).toContainText("Paused");
});

test("a message that breaks the rules changes nothing", async ({ services, stack }) => {
  await stack.redis.publish("email-sender", { state: "running", queued: 3 });
  await expect(services.row("email-sender")).toBeVisible(WITHIN_A_SECOND);
  const before = await services.page.locator("tr[data-service]").count();

  const large = JSON.stringify({ service: "email-sender", timestamp: 1, status: { padding: "x".repeat(70_000) } });
  for (const [channel, text] of [
    ["service:email-sender", "not json"],
    ["service:email-sender", '{"service":"email-sender","timestamp":1,"status":"stopped"}'],
    ["service:email-sender", '{"service":"another-name","timestamp":1,"status":{"state":"failed"}}'],
    ["service:email-sender", large],
    ["service:UPPER", '{"service":"UPPER","timestamp":1,"status":{"state":"failed"}}'],
    ["service:history", '{"service":"history","timestamp":1,"status":{"state":"failed"}}'],
  ] as const) {
    await stack.redis.cli("PUBLISH", channel, text);
  }
  // Messages keep their order, so once this one shows, the others were read.
  await stack.redis.publish("last-of-all", { state: "idle" });
  await expect(services.row("last-of-all")).toBeVisible(WITHIN_A_SECOND);

  await expect(services.page.locator("tr[data-service]")).toHaveCount(before + 1);
  await expect(services.cell("email-sender", "status")).toContainText("Running");
  await expect(services.cell("email-sender", "details")).toContainText("3");
});

test("what a service says is shown as text, never run", async ({ services, stack }) => {
  const attack = "<img src=x onerror=\"document.title='run'\">";
  await stack.redis.publish("email-sender", { state: attack, note: attack, queued: 3 });
  await expect(services.cell("email-sender", "details")).toContainText("3", WITHIN_A_SECOND);
  await expect(services.row("email-sender").locator("img")).toHaveCount(0);
  await services.page.reload();
  await expect(services.row("email-sender")).toBeVisible();
  await expect(services.page).not.toHaveTitle("run");
});
