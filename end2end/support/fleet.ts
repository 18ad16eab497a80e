import type { Page } from "@playwright/test";

import type { Publisher } from "./publisher.ts";
import { type Fluency, watchFrames } from "./frames.ts";
import { until } from "./processes.ts";

/** What a row shows of a service of the fleet. */
export interface Shown {
  state: string;
  queued: string;
  sent: string;
}

/** What a page did since it is watched. */
export interface Watched extends Fluency {
  /** From the moment each message that was shown was due to its text in the page, in ms. */
  latencies: number[];
  /** Cells in which anything changed, as `service/cell`. */
  cells: string[];
}

/** Many services of other teams that report all the time. */
export class Fleet {
  /** What each said last. */
  readonly last = new Map<string, Shown>();
  private number = 0;

  constructor(
    private readonly publisher: Publisher,
    readonly size: number,
  ) {}

  name(number: number): string {
    return `fleet-${String(number % this.size).padStart(4, "0")}`;
  }

  /** One of them reports; the moment at which that was due stands in the message. */
  report(service: string, state: string, due: number): void {
    this.number += 1;
    const sent = `${this.number} at ${due.toFixed(1)}`;
    // Four digits at most: longer ones are shown in groups.
    const queued = this.number % 10_000;
    this.publisher.publish(service, { state, queued, sent }, { reportEvery: 600_000 });
    this.last.set(service, { state: state[0]!.toUpperCase() + state.slice(1), queued: String(queued), sent });
  }

  /** All of them report once, and the page shows them. */
  async appearOn(page: Page, due: () => number): Promise<void> {
    for (let number = 0; number < this.size; number += 1) this.report(this.name(number), "running", due());
    await this.publisher.settle();
    await until("every service has its row", async () => (await shown(page)).size >= this.size, 60_000);
  }

  /** Those whose row is missing or does not show what they said last. */
  async wrongOn(page: Page): Promise<string[]> {
    const rows = await shown(page);
    const wrong = [...this.last].filter(([name, said]) => JSON.stringify(rows.get(name)) !== JSON.stringify(said));
    return wrong.map(([name, said]) => `${name}: ${JSON.stringify(rows.get(name))} is not ${JSON.stringify(said)}`);
  }
}

/** What the page's rows show of the fleet. */
async function shown(page: Page): Promise<Map<string, Shown>> {
  return new Map(
    await page.evaluate(() =>
      [...document.querySelectorAll('tr[data-service^="fleet-"]')].map((row) => {
        const fact = (label: string) =>
          [...row.querySelectorAll(".fact")]
            .find((fact) => fact.querySelector(".fact-label")?.textContent === label)
            ?.querySelector(".fact-value")?.textContent ?? "";
        const state = row.querySelector(".pill-words")?.textContent ?? "";
        return [row.getAttribute("data-service")!, { state, queued: fact("Queued"), sent: fact("Sent") }] as const;
      }),
    ),
  );
}

/** From here on watches frames, long tasks and every change within the table; the returned function tells. */
export async function watch(page: Page): Promise<() => Promise<Watched>> {
  const fluency = await watchFrames(page);
  const watched = await page.evaluateHandle(() => {
    const watched = { latencies: [] as number[], cells: new Set<string>(), end: () => changes.disconnect() };
    const changes = new MutationObserver((records) => {
      const now = performance.timeOrigin + performance.now();
      for (const { target } of records) {
        const element = target instanceof Element ? target : target.parentElement;
        const service = element?.closest("tr")?.getAttribute("data-service");
        if (!service) continue;
        watched.cells.add(`${service}/${element!.closest("[data-cell]")?.getAttribute("data-cell") ?? "row"}`);
        const due = / at (\d+\.\d)$/.exec(target.nodeType === Node.TEXT_NODE ? (target.textContent ?? "") : "");
        if (due) watched.latencies.push(now - Number(due[1]));
      }
    });
    const what = { subtree: true, childList: true, characterData: true, attributes: true };
    changes.observe(document.querySelector("tbody")!, what);
    return watched;
  });
  return async () => {
    const told = await watched.evaluate((watched) => {
      watched.end();
      return { latencies: watched.latencies, cells: [...watched.cells] };
    });
    return { ...told, ...(await fluency()) };
  };
}
