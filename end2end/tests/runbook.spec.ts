import { until } from "../support/processes.ts";
import { ServicesPage } from "../support/services-page.ts";
import { addUser, expect, signInAs, test } from "../support/test.ts";

/** What docs/operating.md tells under "At three in the morning", done by its words alone. */
test("whoever follows the operator's guide finds the failure, restarts the service and finds that in the audit", async ({
  visitor,
  stack,
}) => {
  const { redis } = stack;
  await addUser(stack, "olga", "operator");
  const id = "email-sender";
  const more = { controls: ["start", "stop", "restart"], reportEvery: 60_000 };
  await redis.publish(id, { state: "running" }, more);
  const line = { service: id, level: "error", message: "The relay mx1 refuses us.", timestamp: Date.now() };
  await redis.cli("PUBLISH", "service:logs", JSON.stringify(line));
  await redis.cli("PUBLISH", "service:logs", JSON.stringify({ ...line, level: "info", message: "A letter is out." }));
  await redis.publish(id, { state: "failed", lastError: "relay mx1: 550 refused" }, more);

  // 1. Look.
  const context = await visitor();
  await signInAs(context, stack, "olga");
  const page = await context.newPage();
  await page.goto("/services");
  const services = new ServicesPage(page);
  await services.isConnected();
  const tiles = page.getByRole("navigation", { name: "Services by state" });
  await expect(tiles.getByRole("link").filter({ hasText: "Failed" })).toContainText("1");
  const first = page.locator("tbody tr[data-service]").first();
  await expect(first).toHaveAttribute("data-service", id);
  await expect(first).toContainText("Failed");

  // 2. Why?
  await first.getByRole("link", { name: id }).click();
  await expect(page.getByText("Last error: relay mx1: 550 refused")).toBeVisible();
  await page.getByRole("link", { name: "24 h" }).click();
  await expect(page.getByRole("link", { name: "24 h" })).toHaveAttribute("aria-current", "true");

  // 3. What does it say?
  await page.getByRole("link", { name: "Log lines" }).click();
  const lines = page.getByRole("log");
  await expect(lines).toContainText("A letter is out.");
  await page.getByRole("link", { name: "Warnings and errors" }).click();
  await expect(lines).not.toContainText("A letter is out.");
  await expect(lines).toContainText("The relay mx1 refuses us.");
  // Twice at once: the second comes before the page of the first is taken over.
  await page.goBack();
  await page.goBack();

  // 4. Do something.
  const status = page.locator("[data-cell=status]");
  await expect(status).toContainText("Failed");
  const { heard, stop } = await redis.subscribe("service:commands");
  await page.getByLabel(`More actions for ${id}`).click();
  await page.getByRole("button", { name: "Restart" }).click();
  const question = page.getByRole("dialog", { name: `Restart ${id}?` });
  await question.getByLabel("Reason (optional)").fill("hangs since 02:40, ticket 815");
  await question.getByRole("button", { name: `Restart ${id}` }).click();

  // 5. Did it help?
  await expect(status).toContainText("Restarting… requested by olga");
  await until("the service hears it", () => heard.length > 0);
  const { id: command, reason } = JSON.parse(heard[0]!.text);
  stop();
  expect(reason).toBe("hangs since 02:40, ticket 815");
  const answer = (outcome: object) =>
    redis.cli("PUBLISH", "service:commands:outcomes", JSON.stringify({ id: command, service: id, timestamp: Date.now(), ...outcome }));
  await answer({ outcome: "accepted" });
  await redis.publish(id, { state: "running" }, more);
  await answer({ outcome: "succeeded", message: "It runs, with relay mx2." });
  await expect(page.getByTestId("toast").filter({ hasText: "It runs, with relay mx2." })).toBeVisible();
  await expect(status).toContainText("Running");
  await expect(page.getByText("Last error:")).toBeHidden();

  // 6. Hand over.
  await page.getByRole("navigation", { name: "More about this service" }).getByRole("link", { name: "Audit" }).click();
  const record = page.locator("tr[data-record]").filter({ hasText: id }).first();
  for (const words of ["olga", "Restart", "hangs since 02:40, ticket 815", "Succeeded", "It runs, with relay mx2."]) {
    await expect(record).toContainText(words);
  }
});
