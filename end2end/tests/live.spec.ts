import { ServicesPage } from "../support/services-page.ts";
import { expect, test } from "../support/test.ts";

test("a service nobody knew appears on every open page, and stays", async ({ services, stack }) => {
  const second = new ServicesPage(await services.page.context().newPage());
  await second.page.goto("/services");
  await second.isConnected();
  await services.markLoad();

  await stack.redis.publish("email-sender", { state: "running", queued: 3 });

  for (const page of [services, second]) {
    await expect(page.cell("email-sender", "status")).toContainText("Running");
    await expect(page.cell("email-sender", "details")).toContainText("3");
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

test("a known row follows every message, the last one wins, and one that breaks the rules changes nothing", async ({
  services,
  stack,
}) => {
  await stack.redis.publish("email-sender", { state: "running", queued: 1 });
  await expect(services.row("email-sender")).toBeVisible();
  for (let queued = 2; queued <= 40; queued += 1) await stack.redis.publish("email-sender", { state: "paused", queued });
  await expect(services.cell("email-sender", "details")).toContainText("40");
  await expect(services.cell("email-sender", "status")).toContainText("Paused");
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
  await expect(services.row("last-of-all")).toBeVisible();

  await expect(services.page.locator("tr[data-service]")).toHaveCount(before + 1);
  await expect(services.cell("email-sender", "status")).toContainText("Paused");
  await expect(services.cell("email-sender", "details")).toContainText("40");
});
