import type { Page } from "@playwright/test";

import { expect, openWithClock, test } from "../support/test.ts";

const STREAM = "**/api/services/status/stream*";
const LONGEST_WAIT_MS = 6_000;

/** Everything the page says in the browser's console from here on. */
function listenTo(page: Page): string[] {
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  return said;
}

test("the console says when the stream opens, when it is lost and when it is back", async ({ visitor, stack, browserConsole }) => {
  browserConsole.announce(/net::ERR_/, /status of 50[0-9]/);
  const services = await openWithClock(visitor, stack);
  const said = listenTo(services.page);
  const connected = () => said.filter((text) => text === "SSE Connected").length;

  await services.page.reload();
  await services.isConnected();
  await expect.poll(connected, "the stream opened").toBe(1);

  await stack.killServer();
  await services.shows("disconnected", 10_000);
  await expect.poll(() => said, "the stream is lost").toContain("SSE lost, reconnecting in 5 s");

  await stack.startServer();
  await services.page.clock.runFor(LONGEST_WAIT_MS);
  await services.isConnected();
  await expect.poll(connected, "the stream opened again").toBe(2);
});

test("the console names an event that could not be read, and the page goes on", async ({ visitor, stack, browserConsole }) => {
  browserConsole.announce(/the event '(message|ping)' could not be read/, /net::ERR_/);
  const services = await openWithClock(visitor, stack);
  const { page } = services;
  const said = listenTo(page);
  // The first stream says what no page can read and ends there; the next one is the server's own.
  const unreadable = "retry: 5000\n\ndata: {\"service\":\"email-sender\",\"status\":\n\nevent: ping\ndata: never\n\n";
  await page.route(STREAM, (route) => route.fulfill({ contentType: "text/event-stream", body: unreadable }), { times: 1 });

  await page.reload();

  for (const name of ["message", "ping"]) {
    const warning = new RegExp(`^the event '${name}' could not be read: .*line 1 column`);
    await expect.poll(() => said.some((text) => warning.test(text)), `a warning about '${name}'`).toBe(true);
  }
  await services.shows("disconnected", 10_000);
  await page.clock.runFor(LONGEST_WAIT_MS);
  await services.isConnected();
  await stack.redis.publish("email-sender", { state: "running", queued: 3 });
  await expect(services.cell("email-sender", "details")).toContainText("3");
});
