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
    balanceSync: { priority: expect.any(Number), background: expect.any(Number), interval: expect.any(Number) },
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

test("a stream begins with the full message, and the fourth of one user is told when to come back", async ({ services, browserConsole }) => {
  browserConsole.announce(/status of 429/);
  await services.page.goto("/services/sync");
  const { statuses, retryAfter, text } = await services.page.evaluate(async () => {
    const path = "/api/services/status/stream";
    const answers = [await fetch(path), await fetch(path), await fetch(path), await fetch(path)];
    const reader = answers[0]!.body!.getReader();
    let text = "";
    while (text.split("\n\n").length < 3) text += new TextDecoder().decode((await reader.read()).value);
    return { statuses: answers.map((answer) => answer.status), retryAfter: answers[3]!.headers.get("retry-after"), text };
  });
  expect(statuses).toEqual([200, 200, 200, 429]);
  expect(retryAfter).toMatch(/^[1-9][0-9]*$/);
  const [retry, full] = text.split("\n\n");
  expect(retry).toContain("retry: 5000");
  expect(full).toContain('"services":[');
});
