import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { Program, freePort, until } from "./processes.ts";
import { Redis } from "./redis.ts";
import type { Snapshot } from "./snapshot.ts";

/** The folder of the whole project. */
export const repository = resolve(import.meta.dirname, "../..");
/** The program under test. */
export const program = process.env.SERVICE_MANAGER ?? join(repository, "target/debug/service-manager");
/** The page's files that it serves. */
export const site = process.env.SERVICE_MANAGER_SITE ?? join(repository, "target/site-test");

/** The first administrator of every test. */
export const admin = { name: "admin", password: "end2end-admin-password" };

/** What every server of a test is told, wherever it listens. */
export function settings(redis: Redis, sandboxPort: number): Record<string, string> {
  return {
    ADMIN_PASSWORD: admin.password,
    ADMIN_USERNAME: admin.name,
    LEPTOS_SITE_ROOT: site,
    REDIS_HOST: "127.0.0.1",
    REDIS_PASSWORD: redis.password,
    REDIS_PORT: String(redis.port),
    SANDBOX_ADDR: `127.0.0.1:${sandboxPort}`,
    SANDBOX_CUSTOMERS: "200",
    // No round begins by itself while a test looks on, however long ago the snapshot was taken.
    BALANCE_SYNC_INTERVAL: "3600000",
  };
}

/** Redis, sandbox and server of one test's own, as three processes on free ports. */
export class Stack {
  private constructor(
    private readonly folder: string,
    readonly redis: Redis,
    private readonly sandbox: Program,
    private readonly server: Program,
    /** Where the page is. */
    readonly url: string,
    private readonly sandboxUrl: string,
  ) {}

  /** Begins with what the snapshot holds, or with an empty Redis. */
  static async start(snapshot?: Snapshot): Promise<Stack> {
    const folder = mkdtempSync(join(tmpdir(), "service-manager-"));
    snapshot?.copyTo(folder);
    const [redis, site_port, sandbox_port] = await Promise.all([Redis.start(folder), freePort(), freePort()]);
    const env = { ...settings(redis, sandbox_port), LEPTOS_SITE_ADDR: `127.0.0.1:${site_port}` };
    const home = serverFolder(folder);
    const sandbox = new Program(program, ["sandbox"], env, home);
    const server = new Program(program, ["serve"], env, home);
    const sandboxUrl = `http://127.0.0.1:${sandbox_port}`;
    const stack = new Stack(folder, redis, sandbox, server, `http://127.0.0.1:${site_port}`, sandboxUrl);
    sandbox.start();
    await sandbox.ready(() => answers(`${sandboxUrl}/customers`));
    await stack.startServer();
    await isThereAnAdmin(redis);
    return stack;
  }

  /** Starts the server, for the first time or again, and waits until it is ready and hears what services publish. */
  async startServer(): Promise<void> {
    this.server.start();
    await this.isReady();
    await until("the server subscribes", async () => (await this.redis.cli("PUBSUB", "NUMPAT")) !== "0");
  }

  /** Waits until the server can serve. */
  isReady(): Promise<void> {
    return this.server.ready(() => answers(`${this.url}/readyz`));
  }

  /** Starts the server while Redis is away: it lives, and is not ready. */
  async startServerWithoutRedis(): Promise<void> {
    this.server.start();
    await this.server.ready(() => answers(`${this.url}/healthz`));
  }

  /** Holds back every answer of the core banking sandbox until it is thawed; callers give up after 5 s. */
  freezeSandbox(): void {
    this.sandbox.freeze();
  }

  thawSandbox(): void {
    this.sandbox.thaw();
  }

  /** Makes each answer of the core banking sandbox take that long. */
  slowSandbox(latencyMs: number): Promise<void> {
    return this.changeSandbox({ latencyMs });
  }

  /** Lets the core banking sandbox answer nothing, or everything again. */
  setSandboxDown(down: boolean): Promise<void> {
    return this.changeSandbox({ down });
  }

  private async changeSandbox(behaviour: object): Promise<void> {
    const answer = await fetch(`${this.sandboxUrl}/sandbox/behaviour`, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(behaviour),
    });
    if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}: ${await answer.text()}`);
  }

  killServer(): Promise<void> {
    return this.server.kill();
  }

  freezeServer(): void {
    this.server.freeze();
  }

  thawServer(): void {
    this.server.thaw();
  }

  /** What the server wrote to its log. */
  get log(): string {
    return this.server.output;
  }

  /** Ends all three in order. Their files stay until `end`. */
  async stop(): Promise<void> {
    await Promise.all([this.server.stop(), this.sandbox.stop()]);
    await this.redis.stop();
  }

  async end(): Promise<void> {
    // A frozen program does not hear that it is asked to end.
    this.sandbox.thaw();
    await Promise.all([this.server.stop(), this.sandbox.stop()]);
    await this.redis.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Waits until somebody can sign in: the server makes the first administrator after it has answered that it is ready. */
export function isThereAnAdmin(redis: Redis): Promise<void> {
  return until("there is an administrator", async () => (await redis.cli("EXISTS", `sm:console-user:${admin.name}`)) === "1");
}

/** A working directory without anyone's `.env`: an empty one ends the search for it. */
export function serverFolder(folder: string): string {
  const home = join(folder, "server");
  mkdirSync(home);
  writeFileSync(join(home, ".env"), "");
  copyFileSync(join(repository, "Leptos.toml"), join(home, "Leptos.toml"));
  return home;
}

/** Whether something answers there, and with a success. */
export function answers(url: string): Promise<boolean> {
  return fetch(url).then((answer) => answer.ok, () => false);
}
