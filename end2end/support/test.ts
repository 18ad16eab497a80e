import { type BrowserContext, type BrowserContextOptions, type Page, test as base, expect } from "@playwright/test";

import { until } from "./processes.ts";
import { ServicesPage } from "./services-page.ts";
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
  /** The test's own Redis, sandbox and server. */
  stack: Stack;
  /** Fails the test on any warning or error that it did not announce. */
  browserConsole: ConsoleWatch;
  /** A browser of its own, as another person at another machine has it. */
  visitor: (options?: BrowserContextOptions) => Promise<BrowserContext>;
  /** The services page with an administrator signed in. */
  services: ServicesPage;
}

export const test = base.extend<Fixtures>({
  stack: async ({}, use, info) => {
    const stack = await Stack.start();
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
  services: async ({ visitor }, use) => {
    const page = await (await visitor()).newPage();
    await signIn(page);
    const services = new ServicesPage(page);
    await services.isConnected();
    await use(services);
  },
});

/** Adds somebody of that role, with the administrator's password, as soon as there is an administrator. */
export async function addUser({ redis }: Stack, name: string, role: string): Promise<void> {
  const copy = () => redis.cli("COPY", `sm:console-user:${admin.name}`, `sm:console-user:${name}`);
  await until("there is an administrator", async () => (await copy()) === "1");
  await redis.cli("HSET", `sm:console-user:${name}`, "role", role);
  await redis.cli("SADD", "sm:console-users", name);
}

/** Signs in by the form, wherever the page is asked for it. */
export async function signIn(page: Page, password = admin.password, name = admin.name): Promise<void> {
  if (!page.url().includes("/login")) await page.goto("/services");
  await page.locator("input[name=name]").fill(name);
  await page.locator("input[name=password]").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** The services page with a clock that the test can move. */
export async function openWithClock(visitor: () => Promise<BrowserContext>): Promise<ServicesPage> {
  const page = await (await visitor()).newPage();
  await page.clock.install();
  await signIn(page);
  const services = new ServicesPage(page);
  await services.isConnected();
  return services;
}

export { admin, expect };
