import type { Page } from "@playwright/test";

import { Fleet } from "../support/fleet.ts";
import { Publisher, clock } from "../support/publisher.ts";
import { expect, signInAs, test } from "../support/test.ts";

/** The services in the order of their rows. */
function rows(page: Page): Promise<string[]> {
  return page.locator("tr[data-service]").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-service")!));
}

/** The same without those that the program brings along: they work by themselves. */
async function foreign(page: Page): Promise<string[]> {
  const own = ["account-discovery", "account-enrichment", "balance-sync"];
  return (await rows(page)).filter((service) => !own.includes(service));
}

test.describe("the order of the rows", () => {
  test("problems stand first, the rest from A to Z, and a new problem comes up", async ({ services, stack }) => {
    const { page } = services;
    for (const [service, state] of [
      ["alpha", "running"],
      ["bravo", "failed"],
      ["charlie", "degraded"],
      ["delta", "running"],
    ] as const) {
      await stack.redis.publish(service, { state });
    }
    await expect.poll(() => foreign(page)).toEqual(["bravo", "charlie", "alpha", "delta"]);
    await stack.redis.publish("delta", { state: "failed" });
    await expect.poll(() => foreign(page)).toEqual(["bravo", "delta", "charlie", "alpha"]);
    await page.reload();
    expect(await foreign(page), "as the server has rendered it").toEqual(["bravo", "delta", "charlie", "alpha"]);
  });

  test("stays under the pointer and under the focus until it is applied or let go", async ({ services, stack }) => {
    const { page } = services;
    for (const service of ["alpha", "bravo", "charlie"]) await stack.redis.publish(service, { state: "running" });
    await expect.poll(() => foreign(page)).toEqual(["alpha", "bravo", "charlie"]);
    const offer = page.getByText("Order changed");

    await services.row("alpha").hover();
    await stack.redis.publish("charlie", { state: "failed" });
    await expect(services.cell("charlie", "status")).toContainText("Failed");
    await expect(offer).toBeVisible();
    await stack.redis.publish("aardvark", { state: "running" });
    await expect(services.row("aardvark")).toBeVisible();
    expect(await foreign(page), "the new one stands last").toEqual(["alpha", "bravo", "charlie", "aardvark"]);
    await page.getByRole("button", { name: "Apply" }).click();
    expect(await foreign(page)).toEqual(["charlie", "aardvark", "alpha", "bravo"]);
    await expect(offer).toBeHidden();

    await stack.redis.publish("bravo", { state: "failed" });
    await expect(offer).toBeVisible();
    await page.mouse.move(5, 5);
    await expect.poll(() => foreign(page), "nobody points at it any more").toEqual(["bravo", "charlie", "aardvark", "alpha"]);
    await expect(offer).toBeHidden();

    await services.row("alpha").getByRole("link", { name: "alpha" }).focus();
    await stack.redis.publish("alpha", { state: "failed" });
    await expect(offer).toBeVisible();
    expect(await foreign(page)).toEqual(["bravo", "charlie", "aardvark", "alpha"]);
    await page.getByRole("searchbox").focus();
    await expect.poll(() => foreign(page)).toEqual(["alpha", "bravo", "charlie", "aardvark"]);
  });

  for (const { size, seconds, tag } of [
    { size: 90, seconds: 1, tag: [] },
    { size: 200, seconds: 5, tag: ["@soak"] },
  ]) {
    const title = `${size} services say 200 things a second: the menu under the pointer stays and the click lands where it was aimed`;
    test(title, { tag }, async ({ services, stack }) => {
      const { page } = services;
      const publisher = await Publisher.connect(stack.redis);
      const fleet = new Fleet(publisher, size);
      await fleet.appearOn(page, clock);
      const row = services.row("balance-sync");
      await row.scrollIntoViewIfNeeded();
      await row.getByLabel("More actions for balance-sync").click();
      const item = row.locator('.menu-panel [data-control="pause"] button');
      await expect(item).toBeVisible();
      const before = { order: await rows(page), place: await item.boundingBox() };

      // Every report is a problem or the end of one, so that another order is due all the time.
      let number = 0;
      const storm = publisher.paced(200, 200 * seconds, (_, due) => {
        number += 1;
        fleet.report(fleet.name(number), number % 3 === 0 ? "failed" : "running", due);
      });
      await expect(page.getByText("Order changed")).toBeVisible();
      await page.waitForFunction(() => document.querySelectorAll(".pill-failed").length > 20);
      expect(await rows(page), "no row has moved").toEqual(before.order);
      expect(await item.boundingBox(), "nor has the menu").toEqual(before.place);
      await page.mouse.click(before.place!.x + before.place!.width / 2, before.place!.y + before.place!.height / 2);
      await expect(services.cell("balance-sync", "status")).toContainText("Paused");
      expect(await rows(page)).toEqual(before.order);
      await storm;
      await publisher.settle();

      await page.mouse.move(5, 5);
      await page.getByRole("searchbox").focus();
      const due = [...fleet.last].filter(([, shown]) => shown.state === "Failed").map(([name]) => name);
      await expect.poll(async () => (await rows(page)).slice(0, due.length)).toEqual(due.sort());
      expect(await fleet.wrongOn(page)).toEqual([]);
      publisher.close();
    });
  }
});

test.describe("what is looked for", () => {
  test("words, state and order stand in the address and survive a reload", async ({ services, stack }) => {
    const { page } = services;
    for (const [service, state, interval] of [
      ["mail-in", "running", 300],
      ["mail-out", "failed", 100],
      ["mail-sort", "running", 200],
      ["printer", "running", 50],
    ] as const) {
      await stack.redis.publish(service, { state, interval });
    }
    await expect(services.row("printer")).toBeVisible();
    await services.markLoad();

    await page.getByRole("searchbox").fill("mail");
    await expect(page).toHaveURL(/\/services\?q=mail$/);
    await expect.poll(() => rows(page)).toEqual(["mail-out", "mail-in", "mail-sort"]);
    await expect(page.locator(".page-count")).toHaveText("3 of 7 services");
    await page.getByRole("combobox", { name: "State" }).selectOption("running");
    await expect.poll(() => rows(page)).toEqual(["mail-in", "mail-sort"]);
    await page.getByRole("link", { name: "Interval" }).click();
    await expect.poll(() => rows(page)).toEqual(["mail-sort", "mail-in"]);
    await expect(page.getByRole("columnheader", { name: "Interval" })).toHaveAttribute("aria-sort", "ascending");
    await page.getByRole("link", { name: "Interval" }).click();
    await expect.poll(() => rows(page)).toEqual(["mail-in", "mail-sort"]);
    await expect(page.getByRole("columnheader", { name: "Interval" })).toHaveAttribute("aria-sort", "descending");
    await services.wasNotReloaded();
    await expect(page).toHaveURL(/\/services\?q=mail&state=running&sort=interval&dir=desc$/);

    await page.reload();
    await services.isConnected();
    expect(await rows(page)).toEqual(["mail-in", "mail-sort"]);
    await expect(page.getByRole("searchbox")).toHaveValue("mail");
    await expect(page.getByRole("combobox", { name: "State" })).toHaveValue("running");
    await stack.redis.publish("mail-out", { state: "running", interval: 250 });
    await expect.poll(() => rows(page), "what comes to match comes in").toEqual(["mail-in", "mail-out", "mail-sort"]);

    await page.getByRole("link", { name: "Clear filters" }).click();
    await expect(page).toHaveURL(/\/services\?sort=interval&dir=desc$/);
    await expect(page.getByRole("searchbox")).toHaveValue("");
    await expect.poll(async () => (await rows(page)).length).toBe(7);
  });

  test("tiles count and filter, and a chosen one leads back", async ({ services, stack }) => {
    const { page } = services;
    const tile = (name: string) => page.locator(`[data-tile="${name}"]`);
    for (const [service, state] of [
      ["mail", "running"],
      ["sms", "running"],
      ["fax", "failed"],
    ] as const) {
      await stack.redis.publish(service, { state, priority: 2 });
    }
    await expect(tile("running").locator(".tile-count")).toHaveText("2");
    await expect(tile("failed").locator(".tile-count")).toHaveText("1");
    await expect(tile("degraded").locator(".tile-count")).toHaveText("0");
    await expect(tile("waiting").locator(".tile-count")).toHaveText("6");

    await tile("failed").click();
    await expect.poll(() => rows(page)).toEqual(["fax"]);
    await expect(tile("failed")).toHaveAttribute("aria-current", "true");
    await expect(page).toHaveURL(/\/services\?state=failed$/);
    await stack.redis.publish("fax", { state: "running" });
    await expect(page.getByText("No services match these filters.")).toBeVisible();
    await expect(tile("running").locator(".tile-count")).toHaveText("3");
    await tile("failed").click();
    await expect(page).toHaveURL(/\/services$/);
    await expect.poll(async () => (await rows(page)).length).toBe(6);
  });

  test("works without JavaScript", async ({ visitor, stack }) => {
    for (const service of ["mail-in", "mail-out", "printer"]) await stack.redis.publish(service, { state: "running" });
    await stack.redis.publish("mail-out", { state: "failed" });
    const isKnown = async () => (await stack.redis.cli("HGET", "sm:status", "mail-out")).includes("failed");
    await expect.poll(isKnown).toBe(true);
    const context = await visitor({ javaScriptEnabled: false });
    await signInAs(context, stack);
    const page = await context.newPage();
    await page.goto("/services");
    await page.getByRole("searchbox").fill("mail");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page).toHaveURL(/\/services\?q=mail&/);
    expect(await rows(page)).toEqual(["mail-out", "mail-in"]);
    await page.getByRole("link", { name: "Service", exact: true }).click();
    expect(await rows(page)).toEqual(["mail-in", "mail-out"]);
    await page.locator('[data-tile="failed"]').click();
    expect(await rows(page)).toEqual(["mail-out"]);
    await page.getByRole("searchbox").fill("nothing like it");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page.getByText("No services match these filters.")).toBeVisible();
    await page.getByRole("link", { name: "Clear filters" }).first().click();
    expect((await rows(page)).length).toBe(6);
  });
});
