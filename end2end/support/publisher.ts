import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

import { until } from "./processes.ts";
import type { Redis } from "./redis.ts";

/** Milliseconds since the Unix epoch, finer than whole ones; pages of the same machine read the same clock. */
export const clock = (): number => performance.timeOrigin + performance.now();

/** One connection that publishes without waiting for answers: `redis-cli` costs a process for each message. */
export class Publisher {
  private sent = 0;
  private answered = 0;
  private refusal = "";

  private constructor(private readonly socket: Socket) {
    socket.setEncoding("utf8").on("data", (text: string) => {
      this.answered += text.split("\r\n").length - 1;
      if (text.includes("-")) this.refusal ||= text;
    });
  }

  static async connect(redis: Redis): Promise<Publisher> {
    const socket = connect(redis.port, "127.0.0.1");
    await once(socket, "connect");
    socket.setNoDelay(true);
    const publisher = new Publisher(socket);
    publisher.send("AUTH", redis.password);
    await publisher.settle();
    return publisher;
  }

  publish(service: string, status: object, more: object = {}): void {
    this.say(`service:${service}`, { service, timestamp: Date.now(), status, ...more });
  }

  /** Publishes whatever it is told, on whatever channel. */
  say(channel: string, message: object): void {
    this.send("PUBLISH", channel, JSON.stringify(message));
  }

  /** Calls `send` at a steady rate, each time with the moment at which it was due: one that is late waits for nobody. */
  async paced(perSecond: number, count: number, send: (number: number, due: number) => void): Promise<void> {
    const begin = clock();
    for (let number = 0; number < count; number += 1) {
      const due = begin + (number * 1000) / perSecond;
      const wait = due - clock();
      if (wait > 0.5) await sleep(wait);
      send(number, due);
    }
  }

  /** Waits until Redis has taken everything. */
  async settle(): Promise<void> {
    await until("Redis answers everything", () => this.answered >= this.sent);
    if (this.refusal) throw new Error(`Redis refuses: ${this.refusal}`);
  }

  close(): void {
    this.socket.destroy();
  }

  private send(...parts: string[]): void {
    this.sent += 1;
    const lines = parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
    this.socket.write(`*${parts.length}\r\n${lines.join("")}`);
  }
}
