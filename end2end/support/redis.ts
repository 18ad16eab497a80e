import { execFile, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { Program, freePort, until } from "./processes.ts";

const PASSWORD = "end2end-redis-password";
const run = promisify(execFile);

/** One message as `PSUBSCRIBE` shows it. */
export interface Heard {
  channel: string;
  text: string;
}

/** Where a Redis that works in this folder keeps its append-only file. */
export const filesIn = (folder: string): string => join(folder, "appendonlydir");

/** A `redis-server` of one test's own, with a password and an append-only file that survives `kill`. */
export class Redis {
  readonly password = PASSWORD;
  private constructor(
    readonly port: number,
    private readonly program: Program,
    private readonly folder: string,
  ) {}

  /** The folder of its append-only file. */
  get files(): string {
    return filesIn(this.folder);
  }

  static async start(folder: string): Promise<Redis> {
    const port = await freePort();
    const lines = [`port ${port}`, "bind 127.0.0.1", `requirepass ${PASSWORD}`, `dir ${folder}`, 'save ""'];
    const settings = join(folder, "redis.conf");
    writeFileSync(settings, [...lines, "appendonly yes", "appendfsync always", ""].join("\n"), { mode: 0o600 });
    const redis = new Redis(port, new Program("redis-server", [settings], {}, folder), folder);
    await redis.startAgain();
    return redis;
  }

  async startAgain(): Promise<void> {
    this.program.start();
    await this.program.ready(() => this.cli("PING").then((answer) => answer === "PONG", () => false));
  }

  kill(): Promise<void> {
    return this.program.kill();
  }

  stop(): Promise<void> {
    return this.program.stop();
  }

  /** What `redis-cli` answers to a command. */
  async cli(...command: string[]): Promise<string> {
    const { stdout } = await run("redis-cli", ["-p", String(this.port), ...command], { env: this.cliEnv() });
    return stdout.trim();
  }

  /** Publishes a status as any service does. */
  async publish(service: string, status: object, more: object = {}): Promise<void> {
    const message = { service, timestamp: Date.now(), status, ...more };
    await this.cli("PUBLISH", `service:${service}`, JSON.stringify(message));
  }

  /** Listens as the seed's document tells operators to; `heard` grows until `stop`. */
  async subscribe(pattern: string): Promise<{ heard: Heard[]; stop: () => void }> {
    const child = spawn("redis-cli", ["-p", String(this.port), "PSUBSCRIBE", pattern], { env: this.cliEnv() });
    const heard: Heard[] = [];
    let subscribed = false;
    let message: string[] | undefined;
    createInterface(child.stdout).on("line", (line) => {
      if (line === "psubscribe") subscribed = true;
      else if (line === "pmessage" && !message) message = [];
      else if (message?.push(line) === 3) {
        const [, channel = "", text = ""] = message;
        heard.push({ channel, text });
        message = undefined;
      }
    });
    await until("redis-cli subscribes", () => subscribed);
    return { heard, stop: () => child.kill() };
  }

  /** From the environment, because a command line can be read by every user of the machine. */
  private cliEnv(): Record<string, string> {
    return { PATH: process.env.PATH ?? "", REDISCLI_AUTH: PASSWORD };
  }
}
