import { expect, test } from "../support/test.ts";

interface SeedStatus {
  balanceSync?: { running: boolean };
  accountDiscovery?: object;
  accountEnrichment?: object;
  [service: string]: unknown;
}

test("the seed's own handler fills and updates from our stream", async ({ services, stack }) => {
  // A page without a stream of its own.
  const page = services.page;
  await page.goto("/services/sync");

  await page.evaluate(() => {
    let status: SeedStatus = {};
    const setStatus = (next: SeedStatus | ((previous: SeedStatus) => SeedStatus)) => {
      status = typeof next === "function" ? next(status) : next;
      Object.assign(window, { seen: status });
    };
    const keys: Record<string, string> = {
      "balance-sync": "balanceSync",
      "account-discovery": "accountDiscovery",
      "account-enrichment": "accountEnrichment",
    };
    const eventSource = new EventSource("/api/services/status/stream");
    eventSource.onmessage = (event) => {
      const data = JSON.parse(event.data);
      const serviceKey = keys[data.service] ?? data.service;
      // From here to the end as the seed has it.
      if (data.balanceSync && data.accountDiscovery && data.accountEnrichment) {
        setStatus(data);
      }
      else if (data.service && data.status) {
        setStatus(prev => ({
          ...prev,
          [serviceKey]: data.status
        }));
      }
    };
  });

  const status = () => page.evaluate(() => (window as unknown as { seen?: SeedStatus }).seen);
  await expect.poll(async () => (await status())?.balanceSync?.running, "the full message").toBe(true);
  expect(await status()).toMatchObject({
    balanceSync: { priority: expect.any(Number), background: expect.any(Number), interval: 300_000 },
    accountDiscovery: { running: true, paginationQueueSize: expect.any(Number) },
    accountEnrichment: { running: true },
  });

  await stack.redis.publish("email-sender", { state: "running", queued: 3 });
  await expect.poll(async () => (await status())?.["email-sender"], "an incremental message").toEqual({
    state: "running",
    queued: 3,
  });
  expect((await status())?.balanceSync, "the others stay").toBeTruthy();
});

test("the full message comes within 100 ms of connecting", async ({ services }) => {
  await services.settle();
  await services.page.goto("/services/sync");
  const milliseconds = await services.page.evaluate(async () => {
    const taken: number[] = [];
    for (let time = 0; time < 5; time += 1) {
      const connecting = performance.now();
      // The same tab each time, so that each stream takes the place of the one before.
      const answer = await fetch("/api/services/status/stream?tab=measured");
      const reader = answer.body!.getReader();
      let text = "";
      while (!text.includes('"services":')) text += new TextDecoder().decode((await reader.read()).value);
      taken.push(performance.now() - connecting);
      await reader.cancel();
    }
    return taken.toSorted((one, other) => one - other);
  });
  // The middle one of five: test runner, browser and server share two cores.
  expect(milliseconds[2], `of ${milliseconds.map(Math.round).join(", ")} ms`).toBeLessThan(100);
});

test("the fourth stream of one user is refused, and told when to come back", async ({ services, browserConsole }) => {
  browserConsole.announce(/status of 429/);
  await services.page.goto("/services/sync");
  const { statuses, retryAfter, text } = await services.page.evaluate(async () => {
    const path = "/api/services/status/stream";
    const answers = [await fetch(path), await fetch(path), await fetch(path), await fetch(path)];
    const first = await answers[0]!.body!.getReader().read();
    return {
      statuses: answers.map((answer) => answer.status),
      retryAfter: answers[3]!.headers.get("retry-after"),
      text: new TextDecoder().decode(first.value),
    };
  });
  expect(statuses).toEqual([200, 200, 200, 429]);
  expect(retryAfter).toMatch(/^[1-9][0-9]*$/);
  expect(text).toContain("retry: 5000");
});
