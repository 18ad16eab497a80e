import { expect, test } from "../support/test.ts";

test("numbers of the manager and of services appear and move without a reload", async ({ services, stack }) => {
  const { page } = services;
  await page.getByRole("link", { name: "Dashboard" }).click();
  await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
  await services.isConnected();
  await services.markLoad();
  await expect(page.getByText("No service publishes metrics.")).toBeVisible();
  const tile = (label: string) => page.locator(`[data-tile="${label}"]`);
  await expect(tile("Open streams").locator(".measured-value")).toHaveText("1", { timeout: 15_000 });
  await expect(tile("Redis latency").locator(".measured-value")).toHaveText(/ ms$/, { timeout: 15_000 });
  await expect(tile("Publishes").locator("path")).toHaveAttribute("d", /^M/);

  const attack = "<img/src=x/onerror=document.title='run'>";
  const say = (sent: number) =>
    stack.redis.cli(
      "PUBLISH",
      "service:metrics",
      JSON.stringify({ service: "mail", timestamp: Date.now(), metrics: { sent, [attack]: 0.5 } }),
    );
  await say(3);
  const mail = page.locator('[data-service="mail"]');
  await expect(mail.locator('[data-tile="sent"] .measured-value')).toHaveText("3", { timeout: 15_000 });
  await say(12845);
  await expect(mail.locator('[data-tile="sent"] .measured-value')).toHaveText("12\u202f845", { timeout: 15_000 });
  await expect(mail).toContainText(attack);
  await expect(page.locator("main img")).toHaveCount(0);
  await expect(page).not.toHaveTitle("run");
  await services.wasNotReloaded();
});

test("a dashboard that nobody sees asks for nothing", async ({ services }) => {
  const { page } = services;
  await page.goto("/dashboard");
  await services.isConnected();
  const asked = () => page.waitForRequest((request) => request.url().endsWith("/fn/dashboard"), { timeout: 12_000 });
  await asked();
  await page.evaluate(() => Object.defineProperty(document, "hidden", { get: () => true, configurable: true }));
  await expect(asked()).rejects.toThrow(/Timeout/);
});

test("nothing of the dashboard sticks out, in light, dark, on a phone and without JavaScript", async ({ services, stack, visitor }, info) => {
  const names = Object.fromEntries(Array.from({ length: 12 }, (_, number) => [`${"n".repeat(52)}-${number}`, number * 1.5e9]));
  const publish = (factor: number) => {
    const metrics = { queued: Math.round(40 + 30 * Math.sin(factor)), ...names };
    return stack.redis.cli("PUBLISH", "service:metrics", JSON.stringify({ service: "s".repeat(64), timestamp: 1, metrics }));
  };
  const { page } = services;
  await page.goto("/dashboard");
  await services.isConnected();
  const queued = page.locator('[data-tile="queued"] path');
  for (let step = 0; step < 4; step += 1) {
    const before = step === 0 ? "" : await queued.getAttribute("d");
    await publish(step);
    await expect(queued).not.toHaveAttribute("d", before ?? "", { timeout: 15_000 });
  }
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: info.outputPath(`dashboard-${colorScheme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light" });
  for (const width of [1280, 1024, 880, 768, 390, 320]) {
    await page.setViewportSize({ width, height: 800 });
    if (width === 390) await page.screenshot({ path: info.outputPath("dashboard-390.png"), fullPage: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} px`).toBeLessThanOrEqual(width);
  }
  const plain = await (await visitor({ javaScriptEnabled: false, storageState: await page.context().storageState() })).newPage();
  await plain.goto("/dashboard");
  await expect(plain.locator('[data-tile="Open streams"] path')).toHaveAttribute("d", /^M/);
  await expect(plain.locator('[data-tile="queued"]')).toBeVisible();
});
