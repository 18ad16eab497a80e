import type { Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

/** Parts of the header that lie on one another, and what of the open tab is not to be seen. */
function trouble(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const header = document.querySelector(".header")!;
    const parts = [".brand", ".badges", ".tabs", ".connection", ".theme-switch", ".help-button", ".user-menu"]
      .flatMap((name) => [...header.querySelectorAll(name)].map((part) => ({ name, place: part.getBoundingClientRect() })))
      .filter(({ place }) => place.width > 0);
    const cross = (one: DOMRect, other: DOMRect) =>
      one.left < other.right - 0.5 && other.left < one.right - 0.5 && one.top < other.bottom - 0.5 && other.top < one.bottom - 0.5;
    const found = parts.flatMap(({ name, place }, number) =>
      parts.slice(number + 1).filter((other) => cross(place, other.place)).map((other) => `${name} lies on ${other.name}`),
    );
    const outside = parts.filter(({ place }) => place.left < -0.5 || place.right > innerWidth + 0.5);
    found.push(...outside.map(({ name }) => `${name} sticks out`));
    const words = [...header.querySelectorAll(".connection > *")].map((part) => part.getBoundingClientRect());
    if (words.some((place, number) => words.slice(number + 1).some((other) => cross(place, other)))) found.push("the connection is crowded");
    const cut = [...header.querySelectorAll(".connection-words")].filter((words) => words.scrollWidth > words.clientWidth);
    found.push(...cut.map((words) => `"${words.textContent}" is cut`));
    const tabs = header.querySelector(".tabs")!;
    const frame = tabs.getBoundingClientRect();
    const current = tabs.querySelector("[aria-current]")?.getBoundingClientRect();
    const fade = parseFloat(getComputedStyle(tabs).paddingRight);
    if (current && (current.left < frame.left - 0.5 || current.right > frame.right - fade + 0.5)) found.push("the open tab is cut");
    const height = header.getBoundingClientRect().height;
    const told = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--header-height")) * 16;
    if (Math.abs(height - told) > 1) found.push(`it is ${height} px high, and others count on ${told}`);
    return found;
  });
}

/** Cells of the table whose contents reach beyond them, or that lie on others. */
function crowded(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("tr[data-service]")].flatMap((row) => {
      const cells = [...row.querySelectorAll<HTMLElement>("[data-cell]")].filter((cell) => cell.offsetWidth > 0);
      const places = cells.map((cell) => cell.getBoundingClientRect());
      const name = (cell: HTMLElement) => `${row.getAttribute("data-service")}/${cell.dataset.cell}`;
      const wide = cells.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => `${name(cell)} is too narrow`);
      const laid = cells.flatMap((cell, one) =>
        places.slice(one + 1).some((other) => {
          const place = places[one]!;
          const [across, down] = [
            Math.min(place.right, other.right) - Math.max(place.left, other.left),
            Math.min(place.bottom, other.bottom) - Math.max(place.top, other.top),
          ];
          return across > 0.5 && down > 0.5;
        })
          ? [`${name(cell)} lies on another`]
          : [],
      );
      return [...wide, ...laid];
    }),
  );
}

/** Gives the window another width, which a page hears of with its next frame. */
async function resize(page: Page, width: number) {
  await page.setViewportSize({ width, height: 800 });
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

test("nothing in the header lies on anything else, and the open tab is seen", async ({ services, visitor, browserConsole }) => {
  // A busy machine may take its time.
  browserConsole.announce(/was preloaded using link preload but not used/);
  const { page } = services;
  const plain = await (await visitor({ javaScriptEnabled: false, storageState: await page.context().storageState() })).newPage();
  const found: string[] = [];
  for (const path of ["/services", "/logs", "/audit"]) {
    await page.setViewportSize({ width: 320, height: 800 });
    await page.goto(path);
    await services.isConnected();
    for (const width of [320, 1280, 1000, 768, 480, 390, 320]) {
      await resize(page, width);
      found.push(...(await trouble(page)).map((one) => `${path} at ${width} px: ${one}`));
    }
    for (const width of [320, 390]) {
      await plain.setViewportSize({ width, height: 800 });
      await plain.goto(path);
      found.push(...(await trouble(plain)).map((one) => `${path} at ${width} px without a script: ${one}`));
    }
  }
  expect(found).toEqual([]);
});

test("the longest words about the connection leave room for the tabs, in two rows at most", async ({ services, stack, browserConsole }) => {
  browserConsole.announce(/net::ERR_/, /status of 50/);
  const { page } = services;
  const height = () => page.locator("header.header").evaluate((header) => header.getBoundingClientRect().height);
  await page.goto("/audit");
  await services.isConnected();
  await resize(page, 390);
  await expect(page.getByRole("link", { name: "Audit", exact: true })).toBeInViewport({ ratio: 0.9 });
  expect(await height(), "connected").toBeLessThan(96);
  await stack.killServer();
  await services.shows("disconnected", 10_000);
  for (const width of [768, 390, 320]) {
    await resize(page, width);
    // At the least width these words leave less room than one tab takes.
    const known = width === 320 ? "the open tab is cut" : "";
    expect((await trouble(page)).filter((one) => one !== known), `${width} px`).toEqual([]);
    expect(await height(), `${width} px`).toBeLessThan(96);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} px`).toBeLessThanOrEqual(width);
  }
});

test("rows of the services are rows from 768 px on and cards below, with every button within reach", async ({ services, stack }) => {
  const { page } = services;
  const more = { controls: ["trigger", "start", "stop", "restart", "pause", "resume"], version: "2026.11.4", instance: "worker-1" };
  const lastRun = Date.now() - 90_000;
  await stack.redis.publish("report-builder", { state: "failed", error: "disk is full", queued: 3, interval: 3_600_000, lastRun }, more);
  await stack.redis.publish("statement-archive-exporter", { state: "degraded", queued: 128_000 }, more);
  await stack.redis.publish("mail", { state: "running", lastRun, nextRun: Date.now() + 500_000 }, more);
  await expect(services.row("mail")).toBeVisible();
  const head = page.getByRole("columnheader", { name: "Status" });
  const button = services.row("balance-sync").getByRole("button", { name: "Sync now" });
  const found: string[] = [];
  for (const width of [1280, 1199, 1000, 999, 880, 768]) {
    await page.setViewportSize({ width, height: 900 });
    await expect(head, `${width} px`).toBeVisible();
    const [status, service] = [services.cell("mail", "status"), services.cell("mail", "service")];
    expect((await status.boundingBox())!.x, "side by side").toBeLessThan((await service.boundingBox())!.x);
    found.push(...(await crowded(page)).map((one) => `${width} px: ${one}`));
    for (const cell of ["interval", "last-run"] as const) {
      await expect(services.cell("report-builder", cell), `${cell} at ${width} px`).toBeVisible();
    }
    await button.scrollIntoViewIfNeeded();
    await expect(button).toBeInViewport({ ratio: 1 });
  }
  for (const width of [767, 600, 390, 320]) {
    await page.setViewportSize({ width, height: 900 });
    await expect(head, `${width} px`).toBeHidden();
    found.push(...(await crowded(page)).map((one) => `${width} px: ${one}`));
    await button.scrollIntoViewIfNeeded();
    await expect(button).toBeInViewport({ ratio: 1 });
  }
  expect(found).toEqual([]);
});
