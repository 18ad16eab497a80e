import { join } from "node:path";

import type { BrowserContext, Locator } from "@playwright/test";

import { Program } from "../support/processes.ts";
import { ServicesPage } from "../support/services-page.ts";
import { type Stack, repository } from "../support/stack.ts";
import { addUser, expect, signInAs, test } from "../support/test.ts";

/** The example in that language, ready to be started as another team would. */
function example(language: "node" | "python", stack: Stack): { id: string; program: Program } {
  const id = `letters-${language}`;
  const env = { REDIS_PORT: String(stack.redis.port), REDIS_PASSWORD: stack.redis.password, SERVICE_ID: id };
  const folder = join(repository, "examples/foreign-service");
  if (language === "node") return { id, program: new Program(process.execPath, ["service.mjs"], env, folder) };
  const python = process.env.EXAMPLE_PYTHON;
  if (!python) throw new Error("EXAMPLE_PYTHON names a Python with what the example needs; make test sets it");
  return { id, program: new Program(python, ["service.py"], env, folder) };
}

/** The example, and what an operator does with it from its row. */
class Letters {
  private constructor(
    readonly services: ServicesPage,
    readonly id: string,
    readonly program: Program,
  ) {}

  static async open(visitor: () => Promise<BrowserContext>, stack: Stack, language: "node" | "python"): Promise<Letters> {
    await addUser(stack, "olga", "operator");
    const context = await visitor();
    await signInAs(context, stack, "olga");
    const page = await context.newPage();
    await page.goto("/services");
    const services = new ServicesPage(page);
    await services.isConnected();
    const { id, program } = example(language, stack);
    await expect(services.row(id)).toHaveCount(0);
    return new Letters(services, id, program);
  }

  get status(): Locator {
    return this.services.cell(this.id, "status");
  }

  toast(text: string): Locator {
    return this.services.page.getByTestId("toast").filter({ hasText: text });
  }

  async stop(): Promise<void> {
    const [row, { page }] = [this.services.row(this.id), this.services];
    await row.getByLabel(`More actions for ${this.id}`).click();
    await row.getByRole("button", { name: "Stop" }).click();
    const dialog = page.getByRole("dialog", { name: `Stop ${this.id}?` });
    await dialog.getByRole("button", { name: `Stop ${this.id}` }).click();
    await expect(dialog).toBeHidden();
  }

  /** Appears, and follows what is asked of it. */
  async obeys(): Promise<void> {
    this.program.start();
    await expect(this.status).toContainText("Running", { timeout: 10_000 });
    await this.stop();
    await expect(this.toast(`${this.id}: It is stopped; letters sent`)).toBeVisible();
    await expect(this.status).toContainText("Stopped");
    await this.services.row(this.id).getByRole("button", { name: "Start" }).click();
    await expect(this.toast(`${this.id}: It is running; letters sent`)).toBeVisible();
    await expect(this.status).toContainText("Running");
  }
}

test("a service in node appears, is stopped and started from its row, and gives no answer once it is killed", async ({ visitor, stack }) => {
  const letters = await Letters.open(visitor, stack, "node");
  try {
    await letters.obeys();
    await letters.program.kill();
    await letters.stop();
    await expect(letters.status).toContainText("Stopping… requested by olga");
    // Our own services listen, so somebody might have answered.
    await expect(letters.status).toContainText("Stop by olga: No answer", { timeout: 10_000 });
    await expect(letters.toast("No answer. Nobody took it up within 5 s.")).toBeVisible();
  } finally {
    await letters.program.kill();
  }
});

for (const language of ["node", "python"] as const) {
  test(`a service in ${language} that is killed is not listening once it has no signal`, { tag: "@soak" }, async ({ visitor, stack }) => {
    const letters = await Letters.open(visitor, stack, language);
    try {
      await letters.obeys();
      await letters.program.kill();
      await expect(letters.status).toContainText("No signal", { timeout: 40_000 });
      await letters.stop();
      await expect(letters.status).toContainText("Stop by olga: No service is listening");
    } finally {
      await letters.program.kill();
    }
  });
}
