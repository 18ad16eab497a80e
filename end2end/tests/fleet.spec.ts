import { Fleet, watch } from "../support/fleet.ts";
import { until } from "../support/processes.ts";
import { Publisher, clock } from "../support/publisher.ts";
import { expect, test } from "../support/test.ts";

// A trace keeps a copy of the whole page with every step.
test.use({ trace: "off" });

for (const { size, updates, tag } of [
  { size: 100, updates: 200, tag: [] },
  { size: 1_000, updates: 1_000, tag: ["@soak"] },
]) {
  const title = `${size} services at 200 updates a second: the page shows the last of each, and only what changed is touched`;
  test(title, { tag }, async ({ services, stack }) => {
    test.setTimeout(120_000);
    const { page } = services;
    const publisher = await Publisher.connect(stack.redis);
    const fleet = new Fleet(publisher, size);
    await fleet.appearOn(page, clock);
    await services.markLoad();

    // Every second service reports and says the state it was in; every tenth of those is in another one.
    const reports = (name: string) => Number(name.slice(-4)) % 2 === 0;
    const changes = (name: string) => Number(name.slice(-4)) % 20 === 0;
    const end = await watch(page);
    await publisher.paced(200, updates, (number, due) => {
      const name = fleet.name(number * 2);
      fleet.report(name, changes(name) ? "idle" : "running", due);
    });
    await publisher.settle();
    await expect.poll(() => fleet.wrongOn(page), "rows that do not show what was said last").toEqual([]);
    const { cells } = await end();

    // How long ago a service was seen goes on by itself; the built-in services work by themselves.
    const touched = cells.filter((cell) => cell.startsWith("fleet-") && !cell.endsWith("/last-seen")).sort();
    const expected = [...fleet.last.keys()].flatMap((name) => [
      ...(reports(name) ? [`${name}/details`] : []),
      ...(changes(name) ? [`${name}/status`] : []),
    ]);
    expect(touched).toEqual(expected.sort());
    await services.wasNotReloaded();
    publisher.close();
  });
}

test("a full message changes rows in place and touches none that it says nothing new of", async ({
  services,
  stack,
  browserConsole,
}) => {
  browserConsole.announce(/status of 503/);
  const { page } = services;
  const fleet = new Fleet(await Publisher.connect(stack.redis), 50);
  await fleet.appearOn(page, clock);
  await page.evaluate(() => {
    for (const row of document.querySelectorAll("tr[data-service]")) Object.assign(row, { wasThere: true });
  });
  const end = await watch(page);

  // Another life of Redis is another epoch: every page is told everything.
  await stack.redis.kill();
  await services.shows("redis-down", 10_000);
  await stack.redis.startAgain();
  await services.isConnected(10_000);
  const publisher = await Publisher.connect(stack.redis);
  const again = new Fleet(publisher, 1);
  await until("the server subscribes again", async () => (await stack.redis.cli("PUBSUB", "NUMPAT")) !== "0");
  again.report("fleet-0000", "paused", clock());
  await publisher.settle();
  await expect.poll(() => again.wrongOn(page)).toEqual([]);
  const { cells } = await end();

  const touched = cells.filter((cell) => cell.startsWith("fleet-") && !cell.endsWith("/last-seen")).sort();
  // While nobody confirms the data, actions are disabled and say why.
  const states = touched.filter((cell) => !cell.endsWith("/actions"));
  expect(states).toEqual(["fleet-0000/details", "fleet-0000/status"]);
  const rows = await page.evaluate(() =>
    [...document.querySelectorAll('tr[data-service^="fleet-"]')].map((row) => "wasThere" in row),
  );
  expect(rows).toEqual(Array(50).fill(true));
  publisher.close();
});
