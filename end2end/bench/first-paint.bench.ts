import { expect, test } from "../support/test.ts";
import { at, printTable } from "./meter.ts";

const loads = Number(process.env.LOADS ?? 7);
const pages = ["/login", "/services", "/services/balance-sync", "/jobs", "/accounts", "/logs", "/audit", "/dashboard", "/admin"];

test("first paint", async ({ services, stack, visitor, browser }) => {
  await services.settle();
  const rows = [["page", "HTML there, ms", "first contentful paint, ms", "connected, ms", "layout shift"]];
  for (const path of pages) {
    const measured = { html: [] as number[], paint: [] as number[], connected: [] as number[], shift: [] as number[] };
    for (let load = 0; load < loads; load += 1) {
      // Nothing is kept from one load to the next, as on the first visit of the day; who is signed in stays so.
      const storageState = path === "/login" ? undefined : await services.page.context().storageState();
      const context = await visitor({ storageState });
      const page = await context.newPage();
      await page.addInitScript(() => {
        const seen = { shift: 0 };
        Object.assign(window, { seen });
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) seen.shift += (entry as PerformanceEntry & { value: number }).value;
        }).observe({ type: "layout-shift", buffered: true });
      });
      await page.goto(stack.url + path);
      if (path !== "/login") {
        const connection = page.locator("[data-connection]").first();
        await expect(connection).toHaveAttribute("data-connection", "connected");
        measured.connected.push(await page.evaluate(() => performance.now()));
      }
      const seen = await page.evaluate(async () => {
        const drawn = () => new Promise((drawn) => requestAnimationFrame(drawn));
        while (performance.getEntriesByName("first-contentful-paint").length === 0) await drawn();
        await drawn();
        const [document] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
        const paint = performance.getEntriesByName("first-contentful-paint")[0]!.startTime;
        return { html: document!.responseEnd, paint, shift: (window as unknown as { seen: { shift: number } }).seen.shift };
      });
      measured.html.push(seen.html);
      measured.paint.push(seen.paint);
      measured.shift.push(seen.shift);
      await context.close();
    }
    const middle = (values: number[]) => `${at(values, 0.5)} (${at(values, 0)}–${at(values, 1)})`;
    const connected = measured.connected.length > 0 ? middle(measured.connected) : "–";
    rows.push([path, middle(measured.html), middle(measured.paint), connected, Math.max(...measured.shift).toFixed(3)]);
  }
  printTable(`First visits, each of ${loads} with an empty cache: median (range). Chromium ${browser.version()}, headless`, rows);
});
