import type { Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

const folder = "test-results/screens";

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

test("rows are rows from 768 px on, and cards below", async ({ services, stack }) => {
  const { page } = services;
  await services.settle();
  const more = { controls: ["trigger", "start", "stop", "restart", "pause", "resume"], version: "2026.11.4", instance: "worker-1" };
  const lastRun = Date.now() - 90_000;
  await stack.redis.publish("report-builder", { state: "failed", error: "disk is full", queued: 3, interval: 3_600_000, lastRun }, more);
  await stack.redis.publish("statement-archive-exporter", { state: "degraded", queued: 128_000 }, more);
  await stack.redis.publish("mail", { state: "running", lastRun, nextRun: Date.now() + 500_000 }, more);
  await expect(services.row("mail")).toBeVisible();
  const head = page.getByRole("columnheader", { name: "Status" });
  const found: string[] = [];
  for (const width of [1280, 1199, 1000, 999, 880, 768]) {
    await page.setViewportSize({ width, height: 900 });
    await expect(head, `${width} px`).toBeVisible();
    const [status, service] = [services.cell("mail", "status"), services.cell("mail", "service")];
    expect((await status.boundingBox())!.x, "side by side").toBeLessThan((await service.boundingBox())!.x);
    found.push(...(await crowded(page)).map((one) => `${width} px: ${one}`));
    for (const what of ["Interval", "Last run"]) {
      const cell = what === "Interval" ? "interval" : "last-run";
      await expect(services.cell("report-builder", cell), `${what} is told at ${width} px`).toBeVisible();
    }
    await page.screenshot({ path: `${folder}/table-${width}.png` });
  }
  for (const width of [767, 600, 390, 320]) {
    await page.setViewportSize({ width, height: 900 });
    await expect(head, `${width} px`).toBeHidden();
    found.push(...(await crowded(page)).map((one) => `${width} px: ${one}`));
    await page.screenshot({ path: `${folder}/table-${width}.png` });
  }
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 768, height: 900 });
  await page.screenshot({ path: `${folder}/table-768-dark.png` });
  expect(found).toEqual([]);
});

test("screens of the console's frame: help, palette, order, narrow header", async ({ services, stack }) => {
  const { page } = services;
  await services.settle();
  for (const [service, state] of [
    ["mail", "running"],
    ["report-builder", "failed"],
    ["card-import", "degraded"],
    ["archive", "paused"],
  ] as const) {
    await stack.redis.publish(service, { state, queued: 3, lastRun: Date.now() - 90_000 });
  }
  await expect(services.row("archive")).toBeVisible();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.keyboard.press("?");
    await page.screenshot({ path: `${folder}/help-${colorScheme}.png` });
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("balance");
    await expect(page.getByRole("option").first()).toBeVisible();
    await page.screenshot({ path: `${folder}/palette-${colorScheme}.png` });
    await page.keyboard.press("Escape");
  }
  await services.row("mail").hover();
  await stack.redis.publish("mail", { state: "failed" });
  await expect(page.getByText("Order changed")).toBeVisible();
  await page.screenshot({ path: `${folder}/order-changed.png` });
  await page.mouse.move(2, 2);
  await page.emulateMedia({ colorScheme: "light" });
  for (const width of [1100, 900, 390]) {
    await page.setViewportSize({ width, height: 844 });
    await page.screenshot({ path: `${folder}/services-${width}.png` });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} px`).toBeLessThanOrEqual(width);
  }
  await page.goto("/services?q=nothing");
  await expect(page.getByText("No services match these filters.")).toBeVisible();
  await page.screenshot({ path: `${folder}/services-none.png` });
});
