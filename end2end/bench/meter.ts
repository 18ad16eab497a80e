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
