import { readdirSync, statSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";

import { Fleet, type Watched, watch } from "../support/fleet.ts";
import { until } from "../support/processes.ts";
import { Publisher, clock } from "../support/publisher.ts";
import { site } from "../support/stack.ts";
import { test } from "../support/test.ts";
import { Meter, type Reading, at, printTable } from "./meter.ts";

const seconds = Number(process.env.SECONDS_EACH ?? 15);
const workloads = [
  { services: 20, perSecond: 20 },
  { services: 1000, perSecond: 20 },
  { services: 1000, perSecond: 200 },
];
const heading = ["services", "updates/s", "shown of published", "PUBLISH → DOM p50/p99/max, ms"];
heading.push("frames", "frame p99/max, ms", "frames > 50 ms", "tasks ≥ 50 ms", "main thread busy: script/style+layout/all, ms/s");
heading.push("heap after, MiB (growth)");

test("one page", async ({ services, stack, browser }) => {
  const { page } = services;
  await services.settle();
  const publisher = await Publisher.connect(stack.redis);
  const meter = await Meter.of(page);
  const rows: string[][] = [];
  for (const { services: size, perSecond } of workloads) {
    const fleet = new Fleet(publisher, size);
    await fleet.appearOn(page, clock);
    await page.waitForTimeout(2_000);
    const before = await meter.read();
    const end = await watch(page);
    const count = perSecond * seconds;
    await publisher.paced(perSecond, count, (number, due) => {
      // In another order than that of the rows, and one in ten changes its state.
      const service = fleet.name(number * 617);
      fleet.report(service, number % 10 === 0 ? "idle" : "running", due);
    });
    await publisher.settle();
    // What is late shows in the table; what never comes ends the run.
    await until("the page shows what was said last", async () => (await fleet.wrongOn(page)).length === 0);
    const seen = await end();
    const after = await meter.read();
    rows.push(row(size, perSecond, count, seen, before, after));
  }
  publisher.close();
  const machine = `Chromium ${browser.version()}, headless; ${pageFiles()}; load ${loadavg()[0]!.toFixed(1)}`;
  printTable(`${machine}; ${seconds} s each`, [heading, ...rows]);
});

function row(size: number, rate: number, count: number, seen: Watched, before: Reading, after: Reading): string[] {
  const { latencies, frames } = seen;
  const perSecond = (what: "script" | "drawing" | "all") => (((after[what] - before[what]) * 1000) / seconds).toFixed(0);
  return [
    size.toLocaleString("en"),
    String(rate),
    `${latencies.length} of ${count}`,
    `${at(latencies, 0.5)} / ${at(latencies, 0.99)} / ${at(latencies, 1)}`,
    String(frames.length),
    `${at(frames, 0.99)} / ${at(frames, 1)}`,
    String(frames.filter((gap) => gap > 50).length),
    String(seen.longTasks.length),
    `${perSecond("script")} / ${perSecond("drawing")} / ${perSecond("all")}`,
    `${after.heap.toFixed(1)} (${(after.heap - before.heap).toFixed(1)})`,
  ];
}

/** The page's size tells a debug build from a release build. */
function pageFiles(): string {
  const files = readdirSync(join(site, "pkg"));
  const size = (ending: string) => {
    const name = files.find((file) => file.startsWith("service_manager.") && file.endsWith(ending));
    return name ? `${(statSync(join(site, "pkg", name)).size / 1024).toFixed(0)} KiB` : "none";
  };
  return `WASM ${size(".wasm")}, with Brotli ${size(".wasm.br")}`;
}
