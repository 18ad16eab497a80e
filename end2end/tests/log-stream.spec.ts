import type { Page } from "@playwright/test";

import { isKept, lines, open, say, state } from "../support/lines.ts";
import { ServicesPage } from "../support/services-page.ts";
import { expect, openWithClock, signInAs, stopClock, test } from "../support/test.ts";

const STREAM = "/api/services/logs/stream";

interface Watched {
  /** When each stream of lines was asked for, in ms. */
  asked: number[];
  /** Breaks the latest, as a lost connection does. */
  breakStream: () => void;
  /** What stood above the lines, one after the other. */
  states: string[];
}

/** A little more than the 5 s, a fifth more or less, after which a lost stream is asked for again. */
const UNTIL_THE_NEXT_ATTEMPT = 6_500;

/** Has the page note its streams of lines; it may still be loaded. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript((stream) => {
    const watched = { asked: [] as number[], breakStream: () => {}, states: [] as string[] };
    Object.assign(window, { watched });
    window.EventSource = class extends EventSource {
      constructor(url: string | URL, more?: EventSourceInit) {
        super(url, more);
        if (!String(url).includes(stream)) return;
        watched.asked.push(performance.now());
        watched.breakStream = () => void this.dispatchEvent(new Event("error"));
      }
    };
    const note = () => {
      const text = document.querySelector(".log-state")?.textContent ?? "";
      if (text !== (watched.states.at(-1) ?? "")) watched.states.push(text);
    };
    new MutationObserver(note).observe(document, { characterData: true, childList: true, subtree: true });
  }, STREAM);
}

const asked = (page: Page) => page.evaluate(() => (window as unknown as { watched: Watched }).watched.asked);

const states = (page: Page) => page.evaluate(() => (window as unknown as { watched: Watched }).watched.states);

const breakStream = (page: Page) => page.evaluate(() => (window as unknown as { watched: Watched }).watched.breakStream());

test("a stream that breaks beside as many pages as one may have is no stream too many", async ({ visitor, stack }) => {
  await isKept(stack.redis);
  const context = await visitor();
  await signInAs(context, stack);
  for (let number = 1; number <= 2; number += 1) {
    const services = new ServicesPage(await context.newPage());
    await services.page.goto("/services");
    await services.isConnected();
  }
  const page = await context.newPage();
  await page.clock.install();
  await watch(page);
  await open(page, "/logs?service=mail");
  const session = (await (await page.request.get("/api/session")).json()) as object;
  expect(session).toMatchObject({ openStreams: 3, openLogStreams: 1, maxStreams: 3, maxStreamsWithLogs: 4 });

  const answered = page.waitForResponse(/\/api\/session$/);
  const brokeAt = await page.evaluate(() => performance.now());
  await breakStream(page);
  await expect(state(page)).toHaveText("Not connected. Reconnecting…");
  await (await answered).finished();
  await page.clock.runFor(UNTIL_THE_NEXT_ATTEMPT);
  await expect(state(page)).toHaveText("Following");
  await say(stack, "mail", "info", "after the break");
  await expect(lines(page).last()).toContainText("after the break");
  expect(await states(page)).not.toContain("Too many streams open: close another page");
  const [, again] = await asked(page);
  expect(again! - brokeAt, "5 s, a fifth more or less").toBeGreaterThanOrEqual(4_000);
});

test("a page without room says so, asks again, and goes on when another page lets go", async ({
  visitor,
  stack,
  browserConsole,
}) => {
  browserConsole.announce(/status of 429/);
  await isKept(stack.redis);
  const context = await visitor();
  await signInAs(context, stack);
  // Each takes two of the four streams that there may be.
  const others = [await context.newPage(), await context.newPage()];
  for (const other of others) await open(other);
  const page = await context.newPage();
  await page.clock.install();
  await watch(page);
  const isTooMany = () => expect(state(page)).toHaveText("Too many streams open: close another page");
  await page.goto("/logs?service=mail");
  await isTooMany();
  await stopClock(page);
  // How the waits grow is proved in src/live/log_stream/attempts.rs: a clock that runs ahead of the network cannot tell.
  for (const wait of [UNTIL_THE_NEXT_ATTEMPT, 2 * UNTIL_THE_NEXT_ATTEMPT]) {
    const before = (await asked(page)).length;
    await page.clock.runFor(wait);
    await expect.poll(async () => (await asked(page)).length, "it asks again").toBeGreaterThan(before);
    await isTooMany();
  }

  await page.clock.resume();
  await others[0]!.close();
  await expect(state(page), "without the next wait, of 16 s and more").toHaveText("Following", { timeout: 10_000 });
});

test("a reason that comes late does not close the stream that opened meanwhile", async ({ visitor, stack, browserConsole }) => {
  browserConsole.announce(/net::ERR_/);
  const { page } = await openWithClock(visitor, stack);
  await isKept(stack.redis);
  await watch(page);
  let tell = () => {};
  const late = new Promise<void>((resolve) => (tell = resolve));
  await page.route("**/api/session", async (route) => {
    if (route.request().method() !== "GET") return route.continue();
    await late;
    await route.fulfill({ json: { openStreams: 3, openLogStreams: 1, maxStreams: 3, maxStreamsWithLogs: 4 } });
  });
  await page.route(`**${STREAM}*`, (route) => route.abort(), { times: 1 });
  await page.goto("/logs?service=mail");
  await expect(state(page)).toHaveText("Not connected. Reconnecting…");
  await page.clock.runFor(UNTIL_THE_NEXT_ATTEMPT);
  await expect(state(page)).toHaveText("Following");
  const answered = page.waitForResponse(/\/api\/session$/);
  tell();
  await (await answered).finished();
  await say(stack, "mail", "info", "still there");
  await expect(lines(page).last()).toContainText("still there");
  expect(await states(page)).not.toContain("Too many streams open: close another page");
  expect(await asked(page)).toHaveLength(2);
});

test("a pause does not hide that no lines come", async ({ visitor, stack, browserConsole }) => {
  browserConsole.announce(/net::ERR_/, /status of 50[0-9]/);
  const { page } = await openWithClock(visitor, stack);
  await isKept(stack.redis);
  await open(page, "/logs?service=mail");
  await page.getByRole("button", { name: "Pause" }).click();
  await say(stack, "mail", "info", "held back");
  await expect(state(page)).toHaveText("Paused · 1 new line");
  await expect(state(page)).toHaveClass(/log-state-paused/);
  await stack.killServer();
  await expect(state(page)).toHaveText("Paused · 1 new line · Not connected. Reconnecting…");
  await expect(state(page)).toHaveClass(/log-state-bad/);
  await stack.startServer();
  await page.clock.runFor(UNTIL_THE_NEXT_ATTEMPT);
  await expect(state(page)).toHaveText("Paused · 1 new line");
});

test("without EventSource the page shows its lines, and says that no more will come", async ({ visitor, stack }) => {
  await isKept(stack.redis);
  await say(stack, "mail", "info", "before the page");
  const context = await visitor();
  await context.addInitScript(() => Reflect.deleteProperty(window, "EventSource"));
  await signInAs(context, stack);
  const page = await context.newPage();
  const kept = async () => (await context.request.get("/api/services/logs.txt?service=mail")).text();
  await expect.poll(kept).toContain("before the page");
  await page.goto("/logs?service=mail");
  await expect(state(page)).toHaveText("This browser cannot follow. Reload the page for new lines.");
  await expect(lines(page)).toHaveText([/before the page$/]);
  await say(stack, "mail", "info", "after it");
  await expect.poll(kept).toContain("after it");
  await page.reload();
  await expect(lines(page)).toHaveText([/before the page$/, /after it$/]);
});
