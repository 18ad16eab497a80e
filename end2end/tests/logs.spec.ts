import type { BrowserContext, Locator, Page } from "@playwright/test";

import { isKept, lines, open, say, sayMany, state } from "../support/lines.ts";
import type { Heard } from "../support/redis.ts";
import { expect, openWithClock, signInAs, test } from "../support/test.ts";

const list = (page: Page): Locator => page.getByRole("log");

/** How far the list is from its end, in pixels. */
function fromEnd(page: Page): Promise<number> {
  return list(page).evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight);
}

/** Waits until so many lines of `mail` are kept. */
function keepsThem(context: BrowserContext, count: number): Promise<void> {
  const kept = async () => (await (await context.request.get("/api/services/logs.txt?service=mail")).text()).split("\n").length - 1;
  return expect.poll(kept).toBe(count);
}

/** Waits for two of the ticks that come every second, so that as many lines as are kept of one second are kept anew. */
async function aSecondIsOver(ticks: Heard[]): Promise<void> {
  const before = ticks.length;
  await expect.poll(() => ticks.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(before + 2);
}

test("lines appear as they are said, and follow, pause and jump do what they say", async ({ services, stack }) => {
  const { page } = services;
  await isKept(stack.redis);
  await say(stack, "mail", "info", "before the page");
  await open(page, "/logs?service=mail");
  await expect(lines(page)).toHaveText([/info mail before the page$/]);
  await say(stack, "mail", "warn", "the relay answers slowly", { fields: { relay: "mx1", ms: 4120 }, instance: "a" });
  await say(stack, "cards", "error", "of another service");
  await expect(lines(page).last()).toContainText("warn mail the relay answers slowly ms=4120 relay=mx1");
  await expect(lines(page)).toHaveCount(2);

  await sayMany(stack.redis, 0, 300);
  await expect(lines(page)).toHaveCount(302);
  expect(await fromEnd(page)).toBeLessThanOrEqual(1);

  await list(page).hover();
  await page.mouse.wheel(0, -600);
  await expect(state(page)).toHaveText("Paused");
  const top = await list(page).evaluate((list) => list.scrollTop);
  await sayMany(stack.redis, 300, 214);
  await expect(state(page)).toHaveText("Paused · 214 new lines");
  await expect(lines(page)).toHaveCount(302);
  expect(await list(page).evaluate((list) => list.scrollTop)).toBe(top);
  await page.getByRole("button", { name: "Jump to latest" }).click();
  await expect(lines(page).last()).toContainText("line 513 of");
  await expect(lines(page)).toHaveCount(516);
  await expect(state(page)).toHaveText("Following");
  expect(await fromEnd(page)).toBeLessThanOrEqual(1);

  await page.getByRole("button", { name: "Pause" }).click();
  await say(stack, "mail", "info", "held back");
  await expect(state(page)).toHaveText("Paused · 1 new line");
  await list(page).hover();
  await page.mouse.wheel(0, -200);
  await page.mouse.wheel(0, 400);
  await expect(state(page), "what was paused by hand stays so").toHaveText("Paused · 1 new line");
  await page.getByRole("button", { name: "Follow" }).click();
  await expect(lines(page).last()).toContainText("held back");

  await say(stack, "mail", "info", "I am new", { instance: "b" });
  await expect(page.locator(".log-restart")).toHaveText("mail: started anew, or another copy: b");
  const [name, long] = ["x".repeat(64), "w".repeat(300)];
  await open(page);
  await say(stack, name, "debug", long, { fields: { path: "/a/b/c".repeat(40) }, instance: "i".repeat(128) });
  await expect(lines(page).last()).toContainText(long);
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, `long words at ${width} px`).toBeLessThanOrEqual(width);
  }
  await page.getByRole("button", { name: "Wrap" }).click();
  await expect(list(page)).not.toHaveClass(/log-wraps/);
});

test("levels, services and text are filtered, and what the filter leaves can be downloaded and copied", async ({ visitor, stack }) => {
  const { page } = await openWithClock(visitor, stack);
  await isKept(stack.redis);
  for (const level of ["debug", "info", "warn", "error"]) await say(stack, "mail", level, `a ${level} of mail`);
  await say(stack, "cards", "error", "an ERROR of cards");
  await open(page);
  await page.getByRole("link", { name: "Warnings and errors" }).click();
  await expect(page).toHaveURL(/\/logs\?level=warn$/);
  await expect(lines(page).filter({ hasText: /mail|cards/ })).toHaveCount(3);
  await page.locator('select[name="service"]').selectOption("mail");
  await page.getByLabel("Text").fill("Error");
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await expect(page).toHaveURL(/\/logs\?level=warn&service=mail&q=Error$/);
  await expect(lines(page)).toHaveText([/a error of mail$/]);
  await expect(state(page)).toHaveText("Following");
  await say(stack, "mail", "error", "no such word");
  await say(stack, "mail", "info", "too little an error");
  await say(stack, "mail", "error", "another error");
  await expect(lines(page)).toHaveText([/a error of mail$/, /another error$/]);

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  const file = await (await download).createReadStream();
  const text = (await file.toArray()).join("");
  expect(text).toMatch(/^\S+ ERROR mail a error of mail\n\S+ ERROR mail another error\n$/);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/error mail a error of mail\n.*another error\n$/);
  const copy = page.getByRole("button", { name: "Copy", exact: true });
  await page.clock.runFor(5_000);
  await expect(copy).toBeVisible();
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException("not now", "NotAllowedError"));
  });
  await copy.click();
  await expect(page.getByRole("button", { name: "Could not copy" })).toBeVisible();
  await page.clock.runFor(5_000);
  await expect(copy).toBeVisible();

  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(page).toHaveURL(/\/logs$/);
  await expect(lines(page).filter({ hasText: "a debug of mail" })).toHaveCount(1);
  await page.goto("/logs?level=loud");
  await expect(page.getByText("level: it must be one of trace, debug, info, warn, error")).toBeVisible();
});

test("what is more than a second may hold is counted, and the gap stands among the lines", async ({ services, stack }) => {
  const { page } = services;
  await isKept(stack.redis);
  // None of the lines is an error, so the page has nothing else to show.
  await open(page, "/logs?level=error");
  await sayMany(stack.redis, 0, 20_000);
  await expect(page.locator(".log-gap").last()).toHaveText(/^[\d\u202f]+ lines are missing here$/, { timeout: 20_000 });
});

test("10,000 lines are held, and older ones make room", { tag: "@soak" }, async ({ services, stack }) => {
  test.setTimeout(300_000);
  const { page } = services;
  await isKept(stack.redis);
  await open(page, "/logs?service=mail");
  const ticks = await stack.redis.subscribe("sm:tick");
  for (let part = 0; part < 26; part += 1) {
    await sayMany(stack.redis, part * 500, 500);
    await expect(lines(page).last()).toContainText(`line ${part * 500 + 499} of`, { timeout: 20_000 });
    if (part % 9 === 8) await aSecondIsOver(ticks.heard);
  }
  ticks.stop();
  const held = await lines(page).count();
  expect(held).toBeGreaterThan(9_800);
  expect(held).toBeLessThanOrEqual(10_100);
  expect(await fromEnd(page)).toBeLessThanOrEqual(1);
  await list(page).evaluate((list) => (list.scrollTop = list.scrollHeight / 2));
  await expect(state(page)).toContainText("Paused");

  await sayMany(stack.redis, 0, 12_000);
  await page.getByRole("button", { name: "Jump to latest" }).click();
  await expect(page.locator(".log-gap").last()).toHaveText(/^[\d\u202f]+ lines are missing here$/, { timeout: 60_000 });
});

test("without JavaScript the latest lines, filters and the download are there", async ({ visitor, stack }) => {
  await isKept(stack.redis);
  await sayMany(stack.redis, 0, 250);
  const context = await visitor({ javaScriptEnabled: false });
  await signInAs(context, stack);
  await keepsThem(context, 250);
  const page = await context.newPage();
  await page.goto("/logs?service=mail");
  await expect(lines(page)).toHaveCount(200);
  await expect(lines(page).last()).toContainText("line 249 of");
  await expect(page.getByRole("button", { name: /Pause|Copy|Wrap/ })).toHaveCount(0);
  await page.getByLabel("Text").fill("LINE 24 OF");
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await expect(lines(page)).toHaveText([/line 24 of a long day/]);
  await page.getByRole("link", { name: "Errors", exact: true }).click();
  await expect(page.getByText("No lines.")).toBeVisible();
  await expect(page.getByRole("link", { name: "Download" })).toHaveAttribute("href", /level=error&q=LINE/);
});

test("the stream of lines is open only while the page is shown, and goes on without loss", async ({ services, stack }) => {
  const { page } = services;
  await isKept(stack.redis);
  await open(page, "/logs?service=account-discovery");
  await expect(lines(page).filter({ hasText: "a run ended" }).first(), "our own services say what they do").toContainText(/run\.id=/);
  await page.goto("/services");
  await services.isConnected();
  const openStreams = async () => {
    const answer = await page.request.get("/api/session");
    return ((await answer.json()) as { openLogStreams: number }).openLogStreams;
  };
  await expect.poll(openStreams).toBe(0);
  await page.getByRole("link", { name: "Logs", exact: true }).click();
  await expect(state(page)).toHaveText("Following");
  await expect.poll(openStreams).toBe(1);
  await say(stack, "mail", "info", "one");
  await expect(lines(page).filter({ hasText: "mail one" })).toHaveCount(1);
  const hide = (hidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await expect.poll(openStreams).toBe(0);
  await say(stack, "mail", "info", "two");
  await hide(false);
  await expect(lines(page).filter({ hasText: "mail two" })).toHaveCount(1);
  await say(stack, "mail", "info", "three");
  await expect(lines(page).filter({ hasText: "mail" })).toHaveText([/one$/, /two$/, /three$/]);
  await page.getByRole("link", { name: "Services", exact: true }).click();
  await expect.poll(openStreams).toBe(0);
});
