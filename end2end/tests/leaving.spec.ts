import type { Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

/** Holds every answer of that server function back, once the server has given it, until it is let go. */
async function hold(page: Page, name: string): Promise<{ asked: Promise<unknown>; letGo: () => Promise<void> }> {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const address = new RegExp(`/fn/${name}$`);
  const asked = page.waitForRequest(address);
  await page.route(address, async (route) => {
    const answer = await route.fetch();
    await opened;
    await route.fulfill({ response: answer });
  });
  const letGo = async () => {
    const answered = page.waitForResponse(address);
    open();
    await (await answered).finished();
  };
  return { asked, letGo };
}

const tab = (page: Page, name: string) => page.getByRole("link", { name, exact: true });

test("an answer that comes after its page was left does no harm", async ({ services }) => {
  await services.settle();
  const { page } = services;
  await services.markLoad();
  await tab(page, "Jobs").click();
  await expect(page.getByRole("heading", { name: "Jobs" })).toBeVisible();
  await services.isConnected();
  const { asked, letGo } = await hold(page, "jobs_page");
  const headers = { "Sec-Fetch-Site": "same-origin" };
  await page.request.post("/api/services/balance-sync", { data: { userId: 2 }, headers });
  await asked;
  await tab(page, "Dashboard").click();
  await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
  await letGo();
  await tab(page, "Services").click();
  await services.isConnected();
  await expect(services.row("balance-sync")).toBeVisible();
  await services.wasNotReloaded();
});
