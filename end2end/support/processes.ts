import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A port nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Asks again until the answer is true; fails with what it waited for. */
export async function until(what: string, is: () => Promise<boolean> | boolean, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await is())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(25);
  }
}

/** A program that a test starts, ends and starts again, with the same environment and folder. */
export class Program {
  /** Everything it wrote. */
  output = "";
  private child?: ChildProcess;

  constructor(
    private readonly command: string,
    private readonly args: string[],
    private readonly env: Record<string, string>,
    private readonly folder: string,
  ) {}

  start(): void {
    const env = { PATH: process.env.PATH ?? "", HOME: this.folder, ...this.env };
    const child = spawn(this.command, this.args, { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    }
    child.on("error", (error) => (this.output += `${error}\n`));
    this.child = child;
  }

  /** Waits until it answers as it should; fails at once with its last words if it ended. */
  async ready(answers: () => Promise<boolean>): Promise<void> {
    await until(`${this.command} ${this.args[0]} answers`, async () => {
      if (!this.runs()) throw new Error(`${this.command} ${this.args[0]} ended:\n${this.output.slice(-2000)}`);
      return answers();
    });
  }

  /** Ends it without a chance to say goodbye. */
  kill(): Promise<void> {
    return this.end("SIGKILL");
  }

  /** Asks it to end. */
  stop(): Promise<void> {
    return this.end("SIGTERM");
  }

  /** Stops it in the middle of whatever it does: connections stay open and nothing comes. */
  freeze(): void {
    this.child?.kill("SIGSTOP");
  }

  /** Lets it go on. */
  thaw(): void {
    this.child?.kill("SIGCONT");
  }

  private runs(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.child || !this.runs()) return;
    const ended = once(this.child, "exit");
    this.child.kill(signal);
    const late = setTimeout(() => this.child?.kill("SIGKILL"), 15_000);
    const [code, by] = await ended;
    clearTimeout(late);
    if (signal === "SIGTERM" && code !== 0) throw new Error(`${this.command} was asked to end, and ended with ${code ?? by}`);
  }
}
