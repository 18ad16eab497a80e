import { join } from "node:path";

import { Program } from "../support/processes.ts";
import { ServicesPage } from "../support/services-page.ts";
import { type Stack, repository } from "../support/stack.ts";
import { addUser, admin, expect, signIn, test } from "../support/test.ts";

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

for (const language of ["node", "python"] as const) {
  test(`a service in ${language} appears, is stopped and started from its row, and is missed when it is killed`, async ({
    visitor,
    stack,
  }) => {
    await addUser(stack, "olga", "operator");
    const page = await (await visitor()).newPage();
    await signIn(page, admin.password, "olga");
    const services = new ServicesPage(page);
    await services.isConnected();
    const { id, program } = example(language, stack);
    const [row, status] = [services.row(id), services.cell(id, "status")];
    const toast = (text: string) => page.getByTestId("toast").filter({ hasText: text });
    const stop = async () => {
      await row.getByLabel(`More actions for ${id}`).click();
      await row.getByRole("button", { name: "Stop" }).click();
      const dialog = page.getByRole("dialog", { name: `Stop ${id}?` });
      await dialog.getByRole("button", { name: `Stop ${id}` }).click();
      await expect(dialog).toBeHidden();
    };

    await expect(row).toHaveCount(0);
    program.start();
    try {
      await expect(status).toContainText("Running");
      await stop();
      await expect(toast(`${id}: It is stopped; letters sent`)).toBeVisible();
      await expect(status).toContainText("Stopped");
      await row.getByRole("button", { name: "Start" }).click();
      await expect(toast(`${id}: It is running; letters sent`)).toBeVisible();
      await expect(status).toContainText("Running");

      await program.kill();
      await stop();
      await expect(status).toContainText("Stopping… requested by olga");
      // Our own services listen, so somebody might have answered.
      await expect(status).toContainText("Stop by olga: No answer", { timeout: 8_000 });
      await expect(toast("No answer. Nobody took it up within 5 s.")).toBeVisible();

      await expect(status).toContainText("No signal", { timeout: 30_000 });
      await stop();
      await expect(status).toContainText("Stop by olga: No service is listening");
    } finally {
      await program.kill();
    }
  });
}
