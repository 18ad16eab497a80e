import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { expect, signIn, test } from "../support/test.ts";

/** Every page that has an address of its own, by the name of its pictures. */
const pages = {
  services: "/services",
  service: "/services/balance-sync",
  sync: "/services/sync?q=1",
  jobs: "/jobs",
  accounts: "/accounts",
  logs: "/logs",
  audit: "/audit",
  dashboard: "/dashboard",
  administration: "/admin",
};

const themes = ["light", "dark"] as const;

/** Waits until the browser has taken the page over. */
async function isAlive(page: Page, address: string): Promise<void> {
  if (address.startsWith("/services/sync")) return;
  await expect(page.locator("[data-connection]").first()).toHaveAttribute("data-connection", "connected", { timeout: 10_000 });
}

/** Runs in the page: notes what moved although nobody moved it. */
function watchLayout(): void {
  type Shift = PerformanceEntry & { sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[] };
  const moved: string[] = [];
  Object.assign(window, { moved });
  new PerformanceObserver((list) => {
    for (const { node, previousRect, currentRect } of (list.getEntries() as Shift[]).flatMap(({ sources }) => sources)) {
      const [from, to] = [previousRect, currentRect].map(({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" "));
      // A text that grew in a place that stayed.
      if (from === to) continue;
      const name = node instanceof Element ? `${node.localName}.${node.className}` : `"${node?.textContent}"`;
      moved.push(`${name}: ${from} to ${to}`);
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** What moved so far, with the frame that is being drawn. */
function moved(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    return (window as unknown as { moved: string[] }).moved;
  });
}

/** In both themes and on a narrow screen. */
async function photograph(page: Page, name: string): Promise<void> {
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `test-results/screens/${name}-${colorScheme}.png` });
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: `test-results/screens/${name}-390-px.png` });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
}

async function hasNoBarriers(page: Page): Promise<void> {
  const found: string[] = [];
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page }).analyze();
    found.push(
      ...violations.map(({ id, nodes }) => `${colorScheme}: ${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`),
    );
  }
  expect(found, "what keeps people out").toEqual([]);
}

for (const [name, address] of Object.entries(pages)) {
  test(`${name}: nobody is kept out, nothing moves when it comes alive, nothing sticks out`, async ({ services, stack }) => {
    await services.settle();
    const page = services.page;
    await stack.redis.publish("report-builder", { state: "failed", queued: 0, error: "disk is full" });
    await stack.redis.publish("card-import", { running: false, queued: 12 });
    await page.addInitScript(watchLayout);
    await page.goto(address);
    await isAlive(page, address);

    expect(await moved(page), "what moved by itself").toEqual([]);
    await page.evaluate(() => document.querySelector("main")!.prepend("a line ", document.createElement("hr")));
    await expect.poll(() => moved(page), "a line that pushes the others down is noticed").not.toEqual([]);
    await page.reload();
    await isAlive(page, address);

    await hasNoBarriers(page);
    await photograph(page, name);
  });
}

test("signing in: nobody is kept out", async ({ visitor }) => {
  const page = await (await visitor()).newPage();
  await page.goto("/login");
  await hasNoBarriers(page);
  await photograph(page, "login");
});

test("a job: nobody is kept out, nothing sticks out", async ({ services }) => {
  await services.settle();
  const { page } = services;
  const headers = { "Sec-Fetch-Site": "same-origin" };
  const answer = await page.request.post("/api/services/balance-sync", { data: { userId: 3 }, headers });
  await page.goto(`/jobs/${(await answer.json()).jobId}`);
  await isAlive(page, "/jobs");
  await expect(page.locator("[data-job]")).toContainText("Done", { timeout: 10_000 });
  await hasNoBarriers(page);
  await photograph(page, "job");
});

test("what opens over a page keeps nobody out", async ({ services }) => {
  await services.settle();
  const { page } = services;
  const opened = async (name: string) => {
    await hasNoBarriers(page);
    await page.emulateMedia({ colorScheme: "light" });
    await page.screenshot({ path: `test-results/screens/${name}.png` });
  };
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
  await opened("help");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("sync");
  await expect(page.getByRole("option").first()).toBeVisible();
  await opened("palette");
  await page.keyboard.press("Escape");
  await services.row("balance-sync").getByRole("button", { name: "Sync now" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await opened("sync-dialog");
  await page.keyboard.press("Escape");
  await services.row("account-discovery").locator("summary").click();
  await opened("row-menu");
  await services.row("account-discovery").getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("dialog", { name: "Stop account-discovery?" })).toBeVisible();
  await opened("confirmation");
  await page.keyboard.press("Escape");
  await page.locator(".user-menu summary").click();
  await opened("user-menu");
});

test("without JavaScript every page is there", async ({ services, visitor }) => {
  await services.settle();
  const page = await (await visitor({ javaScriptEnabled: false })).newPage();
  await signIn(page);
  for (const [name, address] of Object.entries(pages)) {
    await page.goto(address);
    await expect(page.locator("h1"), name).toHaveCount(1);
    await expect(page.locator("main"), name).not.toContainText("Loading");
  }
});
