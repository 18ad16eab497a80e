import type { BrowserContext, Page } from "@playwright/test";

import { ServicesPage } from "../support/services-page.ts";
import { expect, signInAs, test } from "../support/test.ts";

/** A little more than the 5 s for which a hidden page keeps its stream. */
const UNTIL_ASLEEP = 6_000;

/**
 * In a headless browser all pages of a context count as seen. So each page is told by the test whether it is, with the
 * value and the event by which a browser tells it.
 */
async function emulateVisibility(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const seen = { isHidden: false };
    Object.defineProperty(document, "hidden", { get: () => seen.isHidden });
    Object.defineProperty(document, "visibilityState", { get: () => (seen.isHidden ? "hidden" : "visible") });
    Object.assign(window, {
      seen,
      turn(to: "hidden" | "visible") {
        seen.isHidden = to === "hidden";
        document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
      },
    });
  });
}

const turn = (page: Page, to: "hidden" | "visible") =>
  page.evaluate((to) => (window as unknown as { turn(to: string): void }).turn(to), to);

/** How many streams the server counts for whoever the page is signed in as. */
async function openStreams(page: Page): Promise<number> {
  const answer = await page.request.get("/api/session");
  return ((await answer.json()) as { openStreams: number }).openStreams;
}

/** Every connection that the indicator shows from here on. */
async function recordConnections(page: Page): Promise<() => Promise<string[]>> {
  const seen = await page.evaluateHandle(() => {
    const indicator = document.querySelector("[data-connection]")!;
    const seen: string[] = [];
    new MutationObserver(() => seen.push(indicator.getAttribute("data-connection")!)).observe(indicator, {
      attributeFilter: ["data-connection"],
    });
    return seen;
  });
  return () => seen.jsonValue();
}

for (const [count, tag] of [[4, []], [10, ["@soak"]]] as const) {
  test(`of ${count} pages the one that is looked at is live, and never more than three streams are open`, { tag: [...tag] }, async ({
    visitor,
    stack,
  }) => {
    const context = await visitor();
    await signInAs(context, stack);
    await context.clock.install();
    await emulateVisibility(context);
    const pages: ServicesPage[] = [];
    let most = 0;
    const streams = async () => openStreams(pages[0]!.page);
    for (let number = 0; number < count; number += 1) {
      const services = new ServicesPage(await context.newPage());
      if (number > 0) await turn(pages.at(-1)!.page, "hidden");
      await services.page.goto("/services");
      pages.push(services);
      await services.isConnected();
      most = Math.max(most, await streams());
    }
    await turn(pages.at(-1)!.page, "hidden");

    for (const [number, services] of [...pages.entries()].reverse()) {
      // Said while nobody looked at this page.
      await stack.redis.publish("email-sender", { state: "running", queued: number });
      const connections = await recordConnections(services.page);
      await turn(services.page, "visible");
      await expect(services.cell("email-sender", "details")).toContainText(String(number));
      await services.isConnected();
      await stack.redis.publish("email-sender", { state: "paused", queued: number + 100 });
      await expect(services.cell("email-sender", "details")).toContainText(String(number + 100));
      most = Math.max(most, await streams());
      expect(["", "catching-up", "connected"], "nothing turned red").toEqual(
        expect.arrayContaining(await connections()),
      );
      await turn(services.page, "hidden");
    }
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(0);

    // Nobody looks at any of them.
    for (const { page } of pages) await page.clock.runFor(UNTIL_ASLEEP);
    await expect.poll(streams).toBe(0);
    for (const services of pages) await services.shows("asleep", 5_000);
  });
}

test("a page opened behind another one takes no stream until it is looked at", async ({ visitor, stack }) => {
  const context = await visitor();
  await signInAs(context, stack);
  await emulateVisibility(context);
  const first = new ServicesPage(await context.newPage());
  await first.page.goto("/services");
  await first.isConnected();

  const second = new ServicesPage(await context.newPage());
  await second.page.addInitScript(() => {
    (window as unknown as { seen: { isHidden: boolean } }).seen.isHidden = true;
  });
  await second.page.goto("/services");
  await second.shows("asleep", 10_000);
  expect(await openStreams(first.page)).toBe(1);

  await stack.redis.publish("email-sender", { state: "running", queued: 3 });
  await expect(first.row("email-sender")).toBeVisible();
  await turn(second.page, "visible");
  await expect(second.cell("email-sender", "details")).toContainText("3");
  await second.isConnected();
});

test("a fourth window says that it is one too many, and goes on when another is closed", async ({
  visitor,
  stack,
  browserConsole,
}) => {
  browserConsole.announce(/status of 429/);
  const context = await visitor();
  await signInAs(context, stack);
  const open = async () => {
    const services = new ServicesPage(await context.newPage());
    await services.page.goto("/services");
    return services;
  };
  const windows = [await open(), await open(), await open()];
  for (const services of windows) await services.isConnected();

  const fourth = await open();
  await fourth.shows("too-many-streams", 5_000);
  await expect(fourth.connection).toContainText("Too many streams open");
  await expect(fourth.connection).toContainText(/Next attempt in \d+ s/);
  await expect(fourth.page.getByText("close or hide another one, and this one goes on")).toBeVisible();
  await expect(fourth.row("balance-sync")).toBeVisible();

  await windows[1]!.page.close();
  await fourth.isConnected();
  await expect(fourth.page.getByText(/^Data as of/)).toHaveCount(0);
});

test("a page that the browser kept comes back live", async ({ services, stack }) => {
  const { page } = services;
  await stack.redis.publish("email-sender", { state: "running", queued: 3 });
  await expect(services.cell("email-sender", "details")).toContainText("3");
  // A headless browser keeps no pages, so it is told as if it had.
  const event = (name: string) =>
    page.evaluate((name) => void dispatchEvent(new PageTransitionEvent(name, { persisted: true })), name);
  await event("pagehide");
  await services.shows("asleep", 5_000);
  await expect.poll(() => openStreams(page)).toBe(0);
  await stack.redis.publish("email-sender", { state: "running", queued: 4 });
  await event("pageshow");
  await expect(services.cell("email-sender", "details")).toContainText("4");
  await services.isConnected();
});

test("a page that was hidden tells of a service that failed and recovered meanwhile", async ({ visitor, stack }) => {
  const context = await visitor();
  await signInAs(context, stack);
  await context.clock.install();
  await emulateVisibility(context);
  const services = new ServicesPage(await context.newPage());
  await services.page.goto("/services");
  await services.isConnected();
  await stack.redis.publish("mail", { state: "running" });
  await expect(services.cell("mail", "status")).toContainText("Running");
  await turn(services.page, "hidden");
  await services.page.clock.runFor(UNTIL_ASLEEP);
  await services.shows("asleep", 5_000);
  await stack.redis.publish("mail", { state: "failed" });
  await stack.redis.publish("mail", { state: "running" });
  // Shorter absences are not worth a word.
  await services.page.clock.runFor(11_000);
  await turn(services.page, "visible");
  await services.isConnected();
  await expect(services.page.getByTestId("away")).toContainText("mail Running → Failed → Running.");
});
