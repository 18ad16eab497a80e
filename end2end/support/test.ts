import { type BrowserContext, type BrowserContextOptions, type Page, test as base, expect } from "@playwright/test";

import { ServicesPage } from "./services-page.ts";
import { addUser, signIn, signInAs } from "./sign-in.ts";
import { Snapshot } from "./snapshot.ts";
import { Stack, admin } from "./stack.ts";

/** What the browser's console said that no test announced. */
export class ConsoleWatch {
  readonly unexpected: string[] = [];
  private readonly announced: RegExp[] = [];

  /** Says beforehand which warnings or errors belong to what the test does. */
  announce(...patterns: RegExp[]): void {
    this.announced.push(...patterns);
  }

  listenTo(context: BrowserContext): void {
    context.on("console", (message) => {
      if (["warning", "error"].includes(message.type())) this.note(`${message.type()}: ${message.text()}`);
    });
    context.on("weberror", (error) => this.note(`exception: ${error.error().message}`));
  }

  private note(line: string): void {
    if (!this.announced.some((pattern) => pattern.test(line))) this.unexpected.push(line);
  }
}

interface Fixtures {
  /** Whether the test begins before anything was discovered. */
  startsEmpty: boolean;
  /** The test's own Redis, sandbox and server; nothing but the test moves them, unless it `startsEmpty`. */
  stack: Stack;
  /** Fails the test on any warning or error that it did not announce. */
  browserConsole: ConsoleWatch;
  /** A browser of its own, as another person at another machine has it. */
  visitor: (options?: BrowserContextOptions) => Promise<BrowserContext>;
  /** The services page with an administrator signed in. */
  services: ServicesPage;
}

export const test = base.extend<Fixtures, { snapshot: Snapshot }>({
  snapshot: [
    async ({}, use) => {
      const snapshot = await Snapshot.take();
      await use(snapshot);
      snapshot.delete();
    },
    { scope: "worker" },
  ],
  startsEmpty: [false, { option: true }],
  stack: async ({ snapshot, startsEmpty }, use, info) => {
    const stack = await Stack.start(startsEmpty ? undefined : snapshot);
    await use(stack);
    await stack.end();
    if (info.status !== info.expectedStatus) await info.attach("server.log", { body: stack.log });
  },
  browserConsole: async ({}, use) => {
    const watch = new ConsoleWatch();
    await use(watch);
    expect(watch.unexpected, "warnings in the browser's console").toEqual([]);
  },
  visitor: async ({ browser, stack, browserConsole, contextOptions }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (options) => {
      const context = await browser.newContext({ ...contextOptions, baseURL: stack.url, ...options });
      browserConsole.listenTo(context);
      contexts.push(context);
      return context;
    });
    // Before the server ends, so that pages do not complain about that.
    for (const context of contexts) await context.close();
  },
  services: async ({ visitor, stack }, use) => {
    const context = await visitor();
    await signInAs(context, stack);
    const page = await context.newPage();
    await page.goto("/services");
    const services = new ServicesPage(page);
    await services.isConnected();
    await use(services);
  },
});

/** The services page with a clock that the test can move. */
export async function openWithClock(visitor: () => Promise<BrowserContext>, stack: Stack): Promise<ServicesPage> {
  const context = await visitor();
  await signInAs(context, stack);
  const page = await context.newPage();
  await page.clock.install();
  await page.goto("/services");
  const services = new ServicesPage(page);
  await services.isConnected();
  return services;
}

/** From here on the page's time stands still until the test moves it. */
export async function stopClock(page: Page): Promise<void> {
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 2_000);
}

export { addUser, admin, expect, signIn, signInAs };
