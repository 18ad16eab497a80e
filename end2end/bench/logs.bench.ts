import { type Fluency, watchFrames } from "../support/frames.ts";
import { isKept, sayMany } from "../support/lines.ts";
import { expect, test } from "../support/test.ts";
import { Meter, type Reading, at, printTable } from "./meter.ts";

const heading = ["while", "took, s", "frames", "frame p99/max, ms", "frames > 50 ms", "tasks ≥ 50 ms (longest, ms)"];
heading.push("main thread busy, ms", "heap after, MiB");

test("the page of log lines", async ({ services, stack, browser }) => {
  test.setTimeout(300_000);
  await services.settle();
  const { page } = services;
  await page.goto("/logs?service=mail");
  const [lines, state] = [page.locator(".log-line"), page.locator(".log-state")];
  await expect(state).toHaveText("Following");
  await isKept(stack.redis);
  const meter = await Meter.of(page);
  const rows = [heading];
  const measure = async (what: string, work: () => Promise<void>) => {
    const before = await meter.read();
    const [began, end] = [performance.now(), await watchFrames(page)];
    await work();
    const seen = await end();
    rows.push(row(what, performance.now() - began, seen, before, await meter.read()));
  };

  const steadily = async (from: number, count: number, perSecond: number) => {
    const [began, step] = [performance.now(), perSecond / 10];
    for (let said = 0; said < count; said += step) {
      const wait = began + (said * 1000) / perSecond - performance.now();
      if (wait > 0) await page.waitForTimeout(wait);
      await sayMany(stack.redis, from + said, step);
    }
    await expect(lines.last()).toContainText(`line ${from + count - 1} of`, { timeout: 60_000 });
  };
  await measure("10,000 lines come, 1,000 a second", () => steadily(0, 10_000, 1_000));
  await measure("10,000 are held and 5,000 more come, 500 a second", () => steadily(10_000, 5_000, 500));
  await measure("10,000 are held and one is scrolled through, 200 wheel steps", async () => {
    await page.getByRole("log").hover();
    for (let step = 0; step < 200; step += 1) await page.mouse.wheel(0, step < 100 ? -600 : 600);
  });
  // The page is asked for anew, with what is kept.
  await page.getByLabel("Text").fill("line 14999 of");
  const began = performance.now();
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await expect(lines).toHaveCount(1);
  rows.push(["all that is kept is filtered for one word", ((performance.now() - began) / 1000).toFixed(1), ...heading.slice(2).map(() => "–")]);
  printTable(`Log lines. Chromium ${browser.version()}, headless`, rows);
});

function row(what: string, tookMs: number, { frames, longTasks }: Fluency, before: Reading, after: Reading): string[] {
  const longest = longTasks.length > 0 ? ` (${at(longTasks, 1)})` : "";
  return [
    what,
    (tookMs / 1000).toFixed(1),
    String(frames.length),
    `${at(frames, 0.99)} / ${at(frames, 1)}`,
    String(frames.filter((gap) => gap > 50).length),
    `${longTasks.length}${longest}`,
    ((after.all - before.all) * 1000).toFixed(0),
    after.heap.toFixed(1),
  ];
}
