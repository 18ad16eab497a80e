import type { CDPSession, Page } from "@playwright/test";

export type Reading = Awaited<ReturnType<Meter["read"]>>;

/** What the browser itself counts. */
export class Meter {
  private constructor(private readonly session: CDPSession) {}

  static async of(page: Page): Promise<Meter> {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    await session.send("HeapProfiler.enable");
    return new Meter(session);
  }

  /** Seconds of the main thread since it began, and the heap in MiB after a collection. */
  async read() {
    await this.session.send("HeapProfiler.collectGarbage");
    const { metrics } = await this.session.send("Performance.getMetrics");
    const value = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
    return {
      all: value("TaskDuration"),
      script: value("ScriptDuration"),
      drawing: value("RecalcStyleDuration") + value("LayoutDuration"),
      heap: value("JSHeapUsedSize") / 1024 / 1024,
    };
  }
}

/** How fluent a page was. */
export interface Fluency {
  /** From frame to frame, in ms. */
  frames: number[];
  /** Tasks of 50 ms and more, in ms. */
  longTasks: number[];
}

/** From here on watches frames and long tasks; the returned function ends that and tells. */
export async function watchFrames(page: Page): Promise<() => Promise<Fluency>> {
  const watched = await page.evaluateHandle(() => {
    const watched = { frames: [] as number[], longTasks: [] as number[], stop: false };
    const observer = new PerformanceObserver((list) => {
      for (const task of list.getEntries()) watched.longTasks.push(task.duration);
      if (watched.stop) observer.disconnect();
    });
    observer.observe({ type: "longtask" });
    let before = performance.now();
    const frame = () => {
      const now = performance.now();
      watched.frames.push(now - before);
      before = now;
      if (!watched.stop) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    return watched;
  });
  return () =>
    watched.evaluate(async (watched) => {
      // The task under way is told of after it has ended.
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      watched.stop = true;
      return { frames: watched.frames, longTasks: watched.longTasks };
    });
}

/** The value that this share of them does not exceed, with one digit. */
export function at(values: number[], share: number): string {
  const sorted = values.toSorted((one, other) => one - other);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN).toFixed(1);
}

/** Prints a table as the documents have them. */
export function printTable(title: string, rows: string[][]): void {
  const [heading = [], ...body] = rows;
  console.log(`\n${title}`);
  for (const cells of [heading, heading.map(() => "---"), ...body]) console.log(`| ${cells.join(" | ")} |`);
}
