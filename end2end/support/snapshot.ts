import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { until } from "./processes.ts";
import { filesIn } from "./redis.ts";
import { cookieOf } from "./sign-in.ts";
import { Stack } from "./stack.ts";

interface Statuses {
  services: { status: { lastRun?: number; processing?: boolean; priority?: number; background?: number } }[];
}

/** The files of a Redis in which the sandbox's customers are discovered, enriched and synced: where most tests begin. */
export class Snapshot {
  private constructor(private readonly folder: string) {}

  /** Lets a server do that work once. */
  static async take(): Promise<Snapshot> {
    const folder = mkdtempSync(join(tmpdir(), "service-manager-snapshot-"));
    const stack = await Stack.start();
    try {
      const headers = { cookie: await cookieOf(stack) };
      await until("the sandbox's customers are discovered and synced", async () => {
        const answer = await fetch(`${stack.url}/api/services/status`, { headers });
        const { services } = (await answer.json()) as Statuses;
        const rest = ({ status }: Statuses["services"][number]) =>
          status.lastRun !== undefined && !status.processing && !status.priority && !status.background;
        return services.length === 3 && services.every(rest);
      }, 60_000);
      await stack.stop();
      cpSync(stack.redis.files, folder, { recursive: true });
    } finally {
      await stack.end();
    }
    return new Snapshot(folder);
  }

  /** Puts the files where a Redis that is about to start in this folder finds them. */
  copyTo(folder: string): void {
    cpSync(this.folder, filesIn(folder), { recursive: true });
  }

  delete(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
