import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Nginx, frontPorts } from "./nginx.ts";
import { Program, freePort, until } from "./processes.ts";
import { Redis } from "./redis.ts";
import type { Snapshot } from "./snapshot.ts";
import { answers, isThereAnAdmin, program, serverFolder, settings } from "./stack.ts";

/** What a server logs once it hears what services publish. */
const LISTENS = "Redis subscriber connected";

/** One of the two server processes. */
export class Instance {
  constructor(
    private readonly server: Program,
    readonly port: number,
  ) {}

  /** Its own address, past nginx. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const before = this.count(LISTENS);
    this.server.start();
    await this.server.ready(() => answers(`${this.url}/readyz`));
    await until("the server subscribes", () => this.count(LISTENS) > before);
  }

  kill(): Promise<void> {
    return this.server.kill();
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  get log(): string {
    return this.server.output;
  }

  /** How many status streams it has opened so far. */
  get streamsOpened(): number {
    return this.count("SSE client connected");
  }

  private count(line: string): number {
    return this.log.split(line).length - 1;
  }
}

/** Two server processes on one Redis behind nginx, as `docker compose --profile replicas` runs them. */
export class Replicas {
  private constructor(
    private readonly folder: string,
    readonly redis: Redis,
    private readonly sandbox: Program,
    readonly instances: [Instance, Instance],
    readonly nginx: Nginx,
  ) {}

  /** Begins with what the snapshot holds. */
  static async start(snapshot: Snapshot): Promise<Replicas> {
    const folder = mkdtempSync(join(tmpdir(), "service-manager-"));
    snapshot.copyTo(folder);
    const redis = await Redis.start(folder);
    const [sandboxPort, one, other] = [await freePort(), await freePort(), await freePort()];
    const ports = await frontPorts();
    const home = serverFolder(folder);
    const shared = { ...settings(redis, sandboxPort), PUBLIC_ORIGIN: `https://localhost:${ports[1]}` };
    const instance = (port: number) =>
      new Instance(new Program(program, ["serve"], { ...shared, LEPTOS_SITE_ADDR: `127.0.0.1:${port}` }, home), port);
    const instances: [Instance, Instance] = [instance(one), instance(other)];
    const sandbox = new Program(program, ["sandbox"], shared, home);
    try {
      sandbox.start();
      await sandbox.ready(() => answers(`http://127.0.0.1:${sandboxPort}/customers`));
      await Promise.all(instances.map((instance) => instance.start()));
      await isThereAnAdmin(redis);
      const nginx = await Nginx.start(folder, ports, [one, other]);
      return new Replicas(folder, redis, sandbox, instances, nginx);
    } catch (error) {
      // Nobody could end them later.
      await Promise.all([redis, ...instances, sandbox].map((program) => program.kill()));
      throw error;
    }
  }

  get url(): string {
    return this.nginx.url;
  }

  /** What everyone wrote. */
  get log(): string {
    return [...this.instances.map((instance) => instance.log), this.nginx.log].join("\n---\n");
  }

  /** Does something that opens one status stream, and gives the instance on which it was opened. */
  async whoOpens(what: () => Promise<unknown>): Promise<Instance> {
    const before = this.instances.map((instance) => instance.streamsOpened);
    const opened = () => this.instances.findIndex((instance, at) => instance.streamsOpened > before[at]!);
    await what();
    await until("a stream is opened", () => opened() >= 0);
    return this.instances[opened()]!;
  }

  async end(): Promise<void> {
    await this.nginx.end();
    await Promise.all([...this.instances, this.sandbox].map((program) => program.stop()));
    await this.redis.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
