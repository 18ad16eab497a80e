import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { writeRecords } from "../support/audit.ts";
import type { ServicesPage } from "../support/services-page.ts";
import type { Stack } from "../support/stack.ts";
import { addUser, admin, expect, signInAs, test } from "../support/test.ts";

const LONGEST_ID = "s".repeat(64);

/** Every page that has an address of its own. */
const pages = [
  "/services",
  "/services/balance-sync",
  "/services/sync?q=1",
  "/jobs",
  "/accounts",
  "/logs",
  "/audit",
  "/dashboard",
  "/admin",
];

/** A pass over all pages takes some ten seconds, and more on a busy machine. */
const A_SLOW_PASS_MS = 180_000;

const WIDTHS = [1280, 1024, 880, 768, 390, 320];

/** Puts the longest texts on every page that the program takes, and gives the address of a job that is done. */
async function fill(stack: Stack, page: Page): Promise<string> {
  const { redis } = stack;
  const headers = { "Sec-Fetch-Site": "same-origin" };
  const job = page.request.post("/api/services/balance-sync", { data: { userId: 3 }, headers });
  const metrics = Object.fromEntries(Array.from({ length: 12 }, (_, number) => [`${"n".repeat(52)}-${number}`, number * 1.5e9]));
  const record = {
    intent: {
      ...{ actor: "a".repeat(64), role: "operator", action: "user-password", target: "t".repeat(80), reason: "r".repeat(120) },
      ...{ requestId: "01234567-89ab-cdef-0123-456789abcdef", address: "192.0.2.7", parameters: { userId: "9".repeat(60) } },
    },
    outcome: `failed 9 ${"m".repeat(120)}`,
  };
  const token = { user: admin.name, name: "w".repeat(64), role: "viewer" };
  const say = (channel: string, message: object) =>
    redis.cli("PUBLISH", channel, JSON.stringify({ service: LONGEST_ID, timestamp: Date.now(), ...message }));
  const long = { queued: 9007199254740991, note: "word".repeat(12), path: "/a/b/c".repeat(8), lastError: "e".repeat(500) };
  await Promise.all([
    redis.publish(LONGEST_ID, { state: "failed", error: "f".repeat(200), ...long }, { controls: ["start", "stop", "restart"] }),
    redis.publish("quiet", {}, { version: "v".repeat(128), instance: "i".repeat(128) }),
    redis.publish("card-import", { running: false, queued: 12 }),
    say("service:metrics", { metrics }),
    say("service:logs", { level: "error", message: "l".repeat(600), fields: { ["k".repeat(64)]: "v".repeat(200) } }),
    redis.cli("PUBLISH", "service:mail", `{"service":"mail","timestamp":"soon","status":{"note":"${"x".repeat(600)}"}}`),
    redis.cli("PUBLISH", "service:Upper", "{}"),
    writeRecords(stack, [record]),
    addUser(stack, "n".repeat(64), "operator"),
    page.request.post("/fn/create_token", { form: token, headers }),
  ]);
  const { jobId } = (await (await job).json()) as { jobId: string };
  await expect.poll(() => redis.cli("HGET", `sm:job:${jobId}`, "state"), { timeout: 15_000 }).toBe("done");
  return `/jobs/${jobId}`;
}

/** Opens a page and waits until the browser has taken it over. */
async function open(services: ServicesPage, address: string): Promise<void> {
  await services.page.goto(address);
  if (!/^\/services\/sync|^\/login/.test(address)) await services.isConnected();
}

/** Runs in the page: notes what moved although nobody moved it. */
function watchLayout(): void {
  type Shift = PerformanceEntry & { sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[] };
  const moved: string[] = [];
  Object.assign(window, { moved });
  const observer = new PerformanceObserver((list) => {
    for (const { node, previousRect, currentRect } of (list.getEntries() as Shift[]).flatMap(({ sources }) => sources)) {
      const [from, to] = [previousRect, currentRect].map(({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" "));
      // A text that grew in a place that stayed.
      if (from === to) continue;
      const name = node instanceof Element ? `${node.localName}.${node.className}` : `"${node?.textContent}"`;
      moved.push(`${name}: ${from} to ${to}`);
    }
  });
  // From the first frame of the whole page on: a slow browser also shows a page of which it has read a part.
  const begin = () => requestAnimationFrame(() => setTimeout(() => observer.observe({ type: "layout-shift" })));
  document.addEventListener("DOMContentLoaded", begin);
}

/** What moved so far, with the frame that is being drawn. */
function moved(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    return (window as unknown as { moved: string[] }).moved;
  });
}

/** The widths of the window at which a page is wider than it, with what reaches furthest. */
async function tooNarrow(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    const furthest = await page.evaluate((width) => {
      if (document.documentElement.scrollWidth <= width) return undefined;
      const right = (element: Element) => element.getBoundingClientRect().right;
      const [first] = [...document.body.querySelectorAll("*")].sort((one, other) => right(other) - right(one));
      return `${first!.localName}.${first!.className}`;
    }, width);
    if (furthest) found.push(`${width} px: ${furthest}`);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  return found;
}

/** What axe finds: all of its rules in the light theme, and those of colours in the dark one too. */
async function barriers(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // One document without frames needs no page of axe's own to put results together.
    const axe = new AxeBuilder({ page }).setLegacyMode();
    const { violations } = await (colorScheme === "dark" ? axe.withRules("color-contrast") : axe).analyze();
    for (const { id, nodes } of violations) {
      found.push(`${colorScheme}: ${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
    }
  }
  return found;
}

test("nothing moves when the browser takes a page over", async ({ services, stack }) => {
  test.setTimeout(A_SLOW_PASS_MS);
  const { page } = services;
  await stack.redis.publish("report-builder", { state: "failed", queued: 0, error: "disk is full" });
  await stack.redis.publish("card-import", { running: false, queued: 12 });
  await expect(services.row("card-import")).toBeVisible();
  await page.addInitScript(watchLayout);
  for (const address of pages) {
    await open(services, address);
    expect.soft(await moved(page), `what moved by itself on ${address}`).toEqual([]);
  }
  await page.evaluate(() => document.querySelector("main")!.prepend("a line ", document.createElement("hr")));
  await expect.poll(() => moved(page), "a line that pushes the others down is noticed").not.toEqual([]);
});

test("no page is wider than the window, whatever it shows", async ({ services, stack }) => {
  test.setTimeout(A_SLOW_PASS_MS);
  const { page } = services;
  const job = await fill(stack, page);
  for (const address of [...pages, job]) {
    await open(services, address);
    expect.soft(await tooNarrow(page), `widths that are too narrow for ${address}`).toEqual([]);
  }
});

test("the page of a service with the longest id and error is not wider than the window", async ({ services, stack }) => {
  await fill(stack, services.page);
  await open(services, `/services/${LONGEST_ID}`);
  expect(await tooNarrow(services.page)).toEqual([]);
});

test("no page keeps anybody out", async ({ services, stack, visitor }) => {
  test.setTimeout(A_SLOW_PASS_MS);
  const { page } = services;
  const job = await fill(stack, page);
  for (const address of [...pages, job]) {
    await open(services, address);
    expect.soft(await barriers(page), `barriers of ${address}`).toEqual([]);
  }
  const door = await (await visitor()).newPage();
  await door.goto("/login");
  expect(await barriers(door), "barriers of /login").toEqual([]);
  expect(await tooNarrow(door), "widths that are too narrow for /login").toEqual([]);
});

test("nothing that opens over a page keeps anybody out", async ({ services }) => {
  const { page } = services;
  const dialog = page.getByRole("dialog");
  const isOpen = async (what: string) => {
    expect.soft(await barriers(page), `barriers of ${what}`).toEqual([]);
    await page.keyboard.press("Escape");
  };
  await page.keyboard.press("?");
  await expect(dialog).toBeVisible();
  await isOpen("the help");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("sync");
  await expect(page.getByRole("option").first()).toBeVisible();
  await isOpen("the palette");
  await services.row("balance-sync").getByRole("button", { name: "Sync now" }).click();
  await expect(dialog).toBeVisible();
  await isOpen("the sync dialog");
  const discovery = services.row("account-discovery");
  await discovery.locator("summary").click();
  expect.soft(await barriers(page), "barriers of a row's menu").toEqual([]);
  await discovery.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("dialog", { name: "Stop account-discovery?" })).toBeVisible();
  await isOpen("a question");
  await page.locator(".user-menu summary").click();
  await isOpen("the user's menu");
});

test("without JavaScript every page is there, and none is wider than the window", async ({ visitor, stack, browserConsole }) => {
  // The page's code is fetched and never used.
  browserConsole.announce(/preloaded using link preload but not used/);
  test.setTimeout(A_SLOW_PASS_MS);
  const context = await visitor({ javaScriptEnabled: false });
  await signInAs(context, stack);
  const page = await context.newPage();
  const job = await fill(stack, page);
  for (const address of [...pages, job]) {
    await page.goto(address);
    await expect(page.locator("h1"), address).toHaveCount(1);
    await expect(page.locator("main"), address).not.toContainText("Loading");
    expect.soft(await tooNarrow(page), `widths that are too narrow for ${address}`).toEqual([]);
  }
});
