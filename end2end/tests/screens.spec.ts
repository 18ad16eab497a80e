import { expect, test } from "../support/test.ts";

const folder = "test-results/screens";

test("screens of the page: light, dark, narrow, disconnected", async ({ services, stack, browserConsole }) => {
  browserConsole.announce(/net::ERR_/);
  const page = services.page;
  await stack.redis.publish("email-sender", { state: "running", queued: 3 });
  await stack.redis.publish("report-builder", { state: "failed", queued: 0, error: "disk is full" });
  await stack.redis.publish("card-import", { running: false, queued: 12 });
  await expect(services.row("card-import")).toBeVisible();

  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${folder}/${colorScheme}.png`, fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light" });

  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: `${folder}/390-px.png`, fullPage: true });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width, "nothing sticks out at 390 px").toBeLessThanOrEqual(390);
  await page.setViewportSize({ width: 1280, height: 800 });

  await stack.killServer();
  await services.shows("disconnected", 2_000);
  await page.screenshot({ path: `${folder}/disconnected.png`, fullPage: true });
});

test("no name and no value makes the page wider than its window", async ({ services, stack }, info) => {
  const { page } = services;
  const longest = "x".repeat(64);
  await stack.redis.publish(longest, { queued: 9007199254740991, note: "word".repeat(12), path: "/a/b/c".repeat(8) });
  await stack.redis.publish("quiet", {}, { version: "v".repeat(128), instance: "i".repeat(128) });
  await expect(services.row(longest)).toBeVisible();
  await expect(services.row("quiet")).toBeVisible();
  for (const width of [1280, 1024, 880, 768, 390, 320]) {
    await page.setViewportSize({ width, height: 800 });
    await page.screenshot({ path: info.outputPath(`long-${width}.png`), fullPage: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} px`).toBeLessThanOrEqual(width);
    const button = services.row("balance-sync").getByRole("button", { name: "Sync now" });
    await button.scrollIntoViewIfNeeded();
    await expect(button).toBeInViewport({ ratio: 1 });
  }
});
