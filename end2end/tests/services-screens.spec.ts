import { expect, test } from "../support/test.ts";

const folder = "test-results/screens";

test("screens of the console's frame: help, palette, order, narrow header", async ({ services, stack }) => {
  const { page } = services;
  await services.settle();
  for (const [service, state] of [
    ["mail", "running"],
    ["report-builder", "failed"],
    ["card-import", "degraded"],
    ["archive", "paused"],
  ] as const) {
    await stack.redis.publish(service, { state, queued: 3, lastRun: Date.now() - 90_000 });
  }
  await expect(services.row("archive")).toBeVisible();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.keyboard.press("?");
    await page.screenshot({ path: `${folder}/help-${colorScheme}.png` });
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("balance");
    await expect(page.getByRole("option").first()).toBeVisible();
    await page.screenshot({ path: `${folder}/palette-${colorScheme}.png` });
    await page.keyboard.press("Escape");
  }
  await services.row("mail").hover();
  await stack.redis.publish("mail", { state: "failed" });
  await expect(page.getByText("Order changed")).toBeVisible();
  await page.screenshot({ path: `${folder}/order-changed.png` });
  await page.mouse.move(2, 2);
  await page.emulateMedia({ colorScheme: "light" });
  for (const width of [1100, 900, 390]) {
    await page.setViewportSize({ width, height: 844 });
    await page.screenshot({ path: `${folder}/services-${width}.png` });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} px`).toBeLessThanOrEqual(width);
  }
  await page.goto("/services?q=nothing");
  await expect(page.getByText("No services match these filters.")).toBeVisible();
  await page.screenshot({ path: `${folder}/services-none.png` });
});
