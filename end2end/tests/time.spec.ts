import { ServicesPage } from "../support/services-page.ts";
import { expect, openWithClock, signInAs, test } from "../support/test.ts";

test("a silent stream is amber after 32 s and never green on data nobody confirms", async ({ visitor, stack }) => {
  const services = await openWithClock(visitor, stack);
  stack.freezeServer();
  await services.page.clock.runFor(33_000);
  await services.shows("stale", 5_000);
  await expect(services.connection).toContainText(/No data for 3\d s/);
  await expect(services.page.getByText(/^Data as of/)).toBeVisible();
  await expect(services.row("balance-sync").getByRole("button", { name: "Sync now" })).toBeDisabled();
  stack.thawServer();
  await stack.redis.publish("email-sender", { state: "running", queued: 1 });
  await services.isConnected(10_000);
});

test("while Redis is out of reach no service is blamed for its silence", async ({ visitor, stack, browserConsole }) => {
  browserConsole.announce(/status of 503/);
  const services = await openWithClock(visitor, stack);
  await stack.redis.kill();
  await services.shows("redis-down", 10_000);
  await services.page.clock.runFor(25_000);
  await expect(services.cell("balance-sync", "last-seen")).toContainText(/[23]\d s ago/);
  await expect(services.row("balance-sync").getByText("Late")).toHaveCount(0);
});

test("a service that falls silent never shows as running", async ({ visitor, stack }) => {
  const services = await openWithClock(visitor, stack);
  await stack.redis.publish("email-sender", { state: "running" }, { reportEvery: 2_000 });
  await expect(services.cell("email-sender", "status")).toContainText("Running");
  await services.page.clock.runFor(11_000);
  await expect(services.cell("email-sender", "status")).toContainText("No signal");
  await expect(services.cell("email-sender", "status")).not.toContainText("Running");
});

test("input tells the server that somebody is there, at most once a minute", async ({ visitor, stack }) => {
  const services = await openWithClock(visitor, stack);
  const touches: string[] = [];
  services.page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/api/session")) touches.push(request.url());
  });
  await services.page.keyboard.press("Shift");
  expect(touches, "loading the page has just told it").toHaveLength(0);
  await services.page.clock.runFor(61_000);
  const answer = services.page.waitForResponse((response) => response.request().method() === "POST");
  await services.page.keyboard.press("Shift");
  await services.page.keyboard.press("Shift");
  expect((await answer).status()).toBe(204);
  expect(touches).toHaveLength(1);
});

test("hovering a time tells the reader's own time beside UTC", async ({ visitor, stack }) => {
  const context = await visitor({ timezoneId: "Asia/Kolkata" });
  await signInAs(context, stack);
  const page = await context.newPage();
  await page.goto("/services");
  const services = new ServicesPage(page);
  await services.isConnected();
  await stack.redis.publish("email-sender", { state: "running" });
  const time = services.cell("email-sender", "last-seen").locator("time");
  await expect(time).toHaveAttribute("title", /local time/);
  const [local, utc] = (await time.getAttribute("title"))!.split("\n").map((line) => line.replace(/ (local time|UTC)$/, "Z"));
  expect((Date.parse(local!) - Date.parse(utc!)) / 60_000).toBe(330);
  expect(await time.getAttribute("datetime")).toBe(utc!.replace(" ", "T"));
});
