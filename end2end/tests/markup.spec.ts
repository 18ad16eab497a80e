import type { BrowserContext, Page } from "@playwright/test";

import { writeRecords } from "../support/audit.ts";
import { Canary, intruders, intrudersIn } from "../support/canary.ts";
import { all, payloads, some } from "../support/payloads.ts";
import { Publisher } from "../support/publisher.ts";
import { ServicesPage } from "../support/services-page.ts";
import type { Stack } from "../support/stack.ts";
import { type ConsoleWatch, admin, expect, signInAs, test } from "../support/test.ts";

/** Every hole is filled twice: by an eighth of the texts in each run, and by all of them in the soak. */
const passes = [
  { which: "an eighth of the texts", texts: some, tag: [] },
  { which: "all texts", texts: all, tag: "@soak" },
];
const MINUTES = 60_000;

/** What remains of a text once everything is gone that a page may show otherwise: space, and letters nobody sees. */
function core(text: string): string {
  return text.replace(/\\u\{[0-9a-f]+\}|\\[nrtu"\\]|[\u2400-\u2426]|[^\p{L}\p{N}\p{S}\p{P}]|"|\\|…/giu, "");
}

/** The beginning of a text, at most so many bytes of it. */
function cut(text: string, bytes: number): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).slice(0, bytes)).replace(/\ufffd$/, "");
}

/** Texts in groups, each at most so long once its texts stand one below the other. */
function groups(texts: readonly string[], bytes: number): string[][] {
  const grouped: string[][] = [[]];
  let length = 0;
  for (const text of texts) {
    const more = Buffer.byteLength(JSON.stringify(text));
    if (length + more > bytes) [length] = [0, grouped.push([])];
    grouped.at(-1)!.push(text);
    length += more;
  }
  return grouped;
}

function expectShown(shown: string, texts: readonly string[], where: string): void {
  const found = core(shown);
  expect(texts.filter((text) => !found.includes(core(text))), `what ${where} does not show`).toEqual([]);
}

/** A browser with a script and one without, both signed in, and what they noticed. */
class Readers {
  private constructor(
    readonly canary: Canary,
    readonly scripted: Page,
    readonly plain: Page,
  ) {}

  static async signedIn(
    visitor: (options?: object) => Promise<BrowserContext>,
    stack: Stack,
    browserConsole: ConsoleWatch,
  ): Promise<Readers> {
    // Pages are left sooner than they are used; what a policy had to stop is told in other words.
    browserConsole.announce(/was preloaded using link preload but not used/);
    const canary = new Canary();
    const pages: Page[] = [];
    for (const javaScriptEnabled of [true, false]) {
      const context = await visitor({ javaScriptEnabled });
      await canary.listenTo(context);
      await signInAs(context, stack);
      pages.push(await context.newPage());
    }
    return new Readers(canary, pages[0]!, pages[1]!);
  }

  /** Opens an address with and without a script, and gives what each shows of a part of the page. */
  async read(address: string, part = "main", isAlive = true): Promise<string[]> {
    const shown: string[] = [];
    for (const page of [this.plain, this.scripted]) {
      await page.goto(address);
      if (page === this.scripted && isAlive) await new ServicesPage(page).isConnected();
      await this.isHarmless(page, address);
      shown.push(await page.locator(part).evaluate((part) => part.textContent ?? ""));
    }
    return shown;
  }

  /** Opens an address in both ways; each must show all those texts. */
  async expectShown(address: string, texts: readonly string[], part?: string): Promise<void> {
    const [plain, scripted] = await this.read(address, part);
    expectShown(plain!, texts, `${address} without a script`);
    expectShown(scripted!, texts, `${address} with a script`);
  }

  async isHarmless(page: Page, where: string): Promise<void> {
    expect(await intruders(page), `what became an element of ${where}`).toEqual([]);
    expect(this.canary.sung, `what happened at ${where}`).toEqual([]);
  }
}

/** Asks as the page does: within it, so that the cookie and the origin are its own. */
function post(page: Page, requests: { to: string; body: string; type: string }[]): Promise<{ status: number; text: string }[]> {
  return page.evaluate(async (requests) => {
    const answers = [];
    for (const { to, body, type } of requests) {
      const answer = await fetch(to, { method: "POST", headers: { "content-type": type, accept: "application/json" }, body });
      answers.push({ status: answer.status, text: await answer.text() });
    }
    return answers;
  }, requests);
}

/** Waits until the manager has taken in what that service said. */
const isKnown = (stack: Stack, service: string) => expect.poll(() => stack.redis.cli("HEXISTS", "sm:status", service)).toBe("1");

const isKept = (stack: Stack) => expect.poll(() => stack.redis.cli("HGET", "sm:log-keeper", "holder")).not.toBe("");

test("there are 200 texts, and each of them sings where a page lets it", async ({ browser }) => {
  expect(new Set(all).size).toBe(all.length);
  expect(all.length).toBeGreaterThanOrEqual(200);
  const canary = new Canary();
  const context = await browser.newContext();
  await canary.listenTo(context);
  const page = await context.newPage();
  // A page of its own without any rule about what may run; it comes from no machine.
  await context.route("http://nowhere.invalid/", (route) => route.fulfill({ contentType: "text/html", body: "<p>" }));
  await page.goto("http://nowhere.invalid/");
  await page.addScriptTag({ content: `window.intruders = ${intrudersIn}` });
  const silent = await page.evaluate(({ markup, attribute, address, script }) => {
    const { intruders } = window as unknown as { intruders: typeof intrudersIn };
    const isSilentIn = (text: string, hole: string) => {
      const markup = hole.replace("%", () => text);
      // A document of its own, in which nothing runs; some do something at the begin of a page alone.
      const place = document.implementation.createHTMLDocument("").body;
      place.innerHTML = markup;
      return intruders(place).length + intruders(new DOMParser().parseFromString(markup, "text/html")).length === 0;
    };
    const silentIn = (holes: string[], texts: string[]) => texts.filter((text) => holes.every((hole) => isSilentIn(text, hole)));
    const doesNotRun = (text: string) => {
      let hasRun = false;
      // What ends a script begins another one.
      const code = text.replace(/^.*?<\/script><script>|<\/script>.*$/g, "");
      const half = code.replaceAll(/["']/g, "\\$&");
      const holes = ["%", `"%"`, `'%'`, "`%`", `f({"a":"%"})`, `f(["%"])`, `x = {"a":"%"}`];
      for (const filled of holes.flatMap((hole) => [half, code].map((said) => hole.replace("%", () => said)))) {
        try {
          new Function("canary", "f", "x", filled)(() => (hasRun = true), () => {});
        } catch {
          // It fits into another hole.
        }
      }
      return !hasRun;
    };
    return [
      ...silentIn(["%", "%<i>"], markup),
      ...silentIn([`<b title="%">`, `<b title='%'>`, `<b title=%>`], attribute),
      ...silentIn([`<a href="%">x</a>`], address),
      ...script.filter(doesNotRun),
    ];
  }, payloads);
  expect(silent, "what gives itself away in no hole").toEqual([]);
  // Each in a frame of its own, because some lead the page away.
  await page.evaluate((texts) => {
    for (const text of texts) {
      const frame = document.body.appendChild(document.createElement("iframe"));
      frame.srcdoc = `<script>canary = parent.canary</script>${text}`;
    }
  }, payloads.markup);
  const heard = (what: string) => expect.poll(() => canary.sung.filter((one) => one.startsWith(what)).length, { timeout: 30_000 });
  await heard("it ran").toBeGreaterThan(50);
  await heard("it opened").toBeGreaterThan(0);
  await heard("it asked").toBeGreaterThan(10);
  await context.close();
});

for (const { which, texts, tag } of passes) {
  test(`nothing that services publish becomes markup: ${which}`, { tag }, async ({ visitor, stack, browserConsole }) => {
    test.setTimeout(5 * MINUTES);
    const publisher = await Publisher.connect(stack.redis);
    await isKept(stack);
    const rows = texts.map((text, number) => [`text-${String(number).padStart(3, "0")}`, text] as const);
    for (const [service, text] of rows) {
      const short = cut(text, 128);
      const status = { state: text, reason: text, error: text, [text]: text };
      publisher.publish(service, status, { version: short, instance: short, reportEvery: 600_000, controls: ["start"] });
    }
    const details = groups(texts, 10_000);
    for (const [number, group] of details.entries()) {
      for (const text of group) publisher.publish(`many-${number}`, { state: text, lastError: text, [text]: text });
      const queues = Object.fromEntries(group.slice(0, 4).map((text, queue) => [text, queue]));
      publisher.publish(`many-${number}`, { state: group[0], lastError: group.join("\n"), ...queues });
    }
    const halves = [texts.slice(0, texts.length / 2), texts.slice(texts.length / 2)];
    for (const [half, part] of halves.entries()) {
      for (const text of part) {
        const line = { service: `log-${half}`, level: "error", message: text, timestamp: Date.now() };
        publisher.say("service:logs", { ...line, fields: { [text]: text }, instance: cut(text, 128) });
      }
    }
    // Names of metrics are shorter, and of letters that are seen.
    const names = [...new Set(texts.map((text) => cut(text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, ""), 64)))];
    for (let first = 0; first < names.length; first += 50) {
      const metrics = Object.fromEntries(names.slice(first, first + 50).map((name) => [name, first]));
      publisher.say("service:metrics", { service: `measured-${first}`, timestamp: Date.now(), metrics });
    }
    await publisher.settle();
    publisher.close();

    const readers = await Readers.signedIn(visitor, stack, browserConsole);
    const { scripted, plain } = readers;
    const table = async (page: Page) => {
      const cells = await page.locator("tr[data-service]").evaluateAll((rows) =>
        rows.map((row) => [row.getAttribute("data-service")!, row.textContent ?? ""] as const),
      );
      const shown = new Map(cells);
      return rows.filter(([service, text]) => {
        const [row, begin] = [core(shown.get(service) ?? ""), core([...text].slice(0, 48).join(""))];
        // The state, and below Details the reason and the error.
        return row.split(begin).length - 1 < 3 || !row.includes(core(cut(text, 128)));
      });
    };
    await isKnown(stack, `many-${details.length - 1}`);
    await readers.read("/services");
    expect(await table(plain), "rows that do not show it without a script").toEqual([]);
    expect(await table(scripted), "rows that do not show it with a script").toEqual([]);
    await expect(scripted.locator(".fact-value").first()).toBeVisible();

    // What comes by the stream goes another way into the page.
    const later = await Publisher.connect(stack.redis);
    for (const [service, text] of rows) later.publish(service, { state: "running", error: `again ${text}`, [`again${text}`]: text });
    await later.settle();
    later.close();
    await expect(scripted.locator(`tr[data-service="${rows.at(-1)![0]}"]`)).toContainText("again ");
    await expect(scripted.locator(".fact-value").filter({ hasText: /^again / })).toHaveCount(rows.length);
    await readers.isHarmless(scripted, "/services as the stream goes on");

    for (const [number, group] of details.entries()) {
      await readers.expectShown(`/services/many-${number}`, group, "[data-last-error]");
      expectShown((await scripted.locator("main").textContent())!, [group[0]!], "the state");
    }
    for (const [half, part] of halves.entries()) {
      await readers.expectShown(`/logs?service=log-${half}`, part);
      await expect(scripted.locator(".log-line")).toHaveCount(part.length);
    }
    await readers.read("/logs");
    await readers.expectShown("/dashboard", names);
  });

  test(`nothing that is refused, asked or answered becomes markup: ${which}`, { tag }, async ({ visitor, stack, browserConsole }) => {
    test.setTimeout(5 * MINUTES);
    const publisher = await Publisher.connect(stack.redis);
    const readers = await Readers.signedIn(visitor, stack, browserConsole);
    const { scripted, plain } = readers;
    const rows = texts.map((text, number) => [`text-${String(number).padStart(3, "0")}`, text] as const);
    for (const [service] of rows) publisher.publish(service, { state: "stopped" }, { controls: ["start"], reportEvery: 600_000 });
    await publisher.settle();
    await isKnown(stack, rows.at(-1)![0]);
    await readers.read("/services");

    // Commands, each with a reason and an outcome.
    browserConsole.announce(/status of 422/);
    const isReason = (text: string) => text.length <= 500 && !/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(text.trim());
    const commands = rows.map(([service, reason]) => ({
      to: `/api/services/${service}/commands`,
      body: JSON.stringify({ command: "start", reason }),
      type: "application/json",
    }));
    const given = await post(scripted, commands);
    const odd = rows.filter(([, text], number) => (given[number]!.status === 202) !== isReason(text));
    expect(odd.map(([, text]) => text), "reasons are taken unless they hold what nobody sees").toEqual([]);
    for (const [number, [service, text]] of rows.entries()) {
      if (given[number]!.status !== 202) continue;
      const id = (JSON.parse(given[number]!.text) as { commandId: string }).commandId;
      const outcome = { id, service, outcome: "failed", message: cut(text, 1_024), instance: cut(text, 128), timestamp: Date.now() };
      publisher.say("service:commands:outcomes", outcome);
    }
    await publisher.settle();
    const taken = rows.filter((_, number) => given[number]!.status === 202).map(([, text]) => text);
    await expect(scripted.locator('[data-command="failed"]')).toHaveCount(taken.length);
    expectShown((await scripted.locator("[data-command]").allTextContents()).join("\n"), taken, "the notes of rows");
    await readers.isHarmless(scripted, "/services with outcomes");

    // The audit, page by page, with each text in every part of a record, and its table for spreadsheets.
    const written = texts.map((text) => ({
      intent: {
        ...{ actor: text, role: text, action: "stop", target: text, reason: text, requestId: text, address: text },
        parameters: { [text]: text, jobIds: `abc-1 ${text}` },
      },
      outcome: `failed 1 ${text}`,
    }));
    await writeRecords(stack, written);
    const shown = await readers.read("/audit");
    for (const [number, page] of [plain, scripted].entries()) {
      for (let pages = 0; pages < 20; pages += 1) {
        const older = page.getByRole("link", { name: "Older" });
        if ((await older.count()) === 0) break;
        const href = (await older.getAttribute("href"))!;
        await older.click();
        await expect(page).toHaveURL(new RegExp(`${href.replace(/[?+]/g, "\\$&")}$`));
        await expect(older.and(page.locator(`[href="${href}"]`))).toHaveCount(0);
        await readers.isHarmless(page, href);
        shown[number] += await page.locator("main").evaluate((main) => main.textContent ?? "");
      }
    }
    expectShown(shown[0]!, taken, "the audit without a script");
    expectShown(shown[1]!, taken, "the audit with a script");
    const csv = await (await scripted.request.get("/api/audit.csv")).text();
    expectShown(csv.replaceAll('""', '"'), taken, "the table for spreadsheets");
    const cells = [...csv.matchAll(/(?:^|,|\n)(?:"((?:[^"]|"")*)"|([^",\n]*))/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
    expect(cells.length).toBeGreaterThan(taken.length);
    expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell)), "cells that are formulas").toEqual([]);

    // An outcome that is told to the page that asked.
    const heard = await stack.redis.subscribe("service:commands");
    const toasts = groups(taken.filter((text) => text.length < 400), 900);
    await scripted.goto(`/services?only=${rows.slice(0, toasts.length).map(([service]) => service).join(",")}`);
    await new ServicesPage(scripted).isConnected();
    for (const [number, part] of toasts.entries()) {
      const row = scripted.locator(`tr[data-service="${rows[number]![0]}"]`);
      await row.getByRole("button", { name: "Start", exact: true }).click();
      await expect.poll(() => heard.heard.length).toBe(number + 1);
      const { id, service } = JSON.parse(heard.heard[number]!.text) as { id: string; service: string };
      const message = part.join(" ");
      publisher.say("service:commands:outcomes", { id, service, outcome: "failed", message, timestamp: Date.now() });
      const toast = scripted.getByTestId("toast");
      await expect(toast).toContainText(`${service}: Start – Failed.`);
      expectShown((await toast.textContent())!, part, "the message");
      await readers.isHarmless(scripted, "a message");
      await toast.getByRole("button", { name: "Close" }).click();
    }
    heard.stop();

    // Ids that are none, and levels that are none: refused, and the last 100 are kept to be looked at.
    const id = (text: string) => () =>
      publisher.say(`service:${text}`, { service: text, timestamp: Date.now(), status: { state: text } });
    const level = (text: string) => () =>
      publisher.say("service:logs", { service: "text", level: text, message: text, timestamp: Date.now() });
    const refusals = [id, level].flatMap((refused) => texts.map((text) => ({ text, publish: refused(text) })));
    for (let first = 0; first < refusals.length; first += 100) {
      const hundred = refusals.slice(first, first + 100);
      for (const { publish } of hundred) publish();
      await publisher.settle();
      const begins = hundred.map(({ text }) => cut(text, 150));
      await expect.poll(async () => core(await stack.redis.cli("LINDEX", "sm:rejected", "0")).includes(core(begins.at(-1)!))).toBe(true);
      await readers.expectShown("/admin", begins, "#refused");
    }
    await readers.read("/services");
    await expect(scripted.locator("tr[data-service]"), "our own three, and no more than were to be").toHaveCount(rows.length + 3);
    publisher.close();
  });

  test(`no name and no question becomes markup: ${which}`, { tag }, async ({ visitor, stack, browserConsole }) => {
    test.setTimeout(5 * MINUTES);
    const readers = await Readers.signedIn(visitor, stack, browserConsole);
    const { scripted, plain } = readers;
    browserConsole.announce(/status of 422/);
    const questions = groups(texts, 2_200).map((group) => encodeURIComponent(group.join(" ")));

    // What is asked for in an address comes back in the page.
    for (const text of questions) {
      for (const place of ["/services?q=", "/jobs?q=", "/accounts?q=", "/logs?q=", "/audit?target=", "/services/sync?q="]) {
        const answer = await plain.goto(place + text);
        expect(answer!.status(), place).toBeLessThan(500);
        await readers.isHarmless(plain, place);
        if (place.startsWith("/services/sync")) continue;
        await scripted.goto(place + text);
        await new ServicesPage(scripted).isConnected();
        await readers.isHarmless(scripted, place);
      }
    }

    // Names at the door. Each attempt counts, so they come in groups.
    for (const [number, text] of questions.entries()) {
      const stranger = await visitor({ javaScriptEnabled: number % 3 === 0 });
      await readers.canary.listenTo(stranger);
      const door = await stranger.newPage();
      await door.goto(`/login?next=${text}`);
      await door.getByLabel("Name").fill(decodeURIComponent(text));
      await door.getByLabel("Password").fill(decodeURIComponent(text).slice(0, 100));
      await door.getByRole("button", { name: "Sign in" }).click();
      await expect(door.getByText("Name or password is wrong.")).toBeVisible();
      await readers.isHarmless(door, "/login");
      await stranger.close();
    }
    expect((await readers.read("/audit?whose=anonymous")).join("")).not.toContain("canary");

    // Names that no rule would let in, were they there all the same; and the names of tokens, which are free.
    const users = texts.filter((text) => !text.includes("\u0000"));
    const script = `for _, name in ipairs(ARGV) do
      redis.call('COPY', 'sm:console-user:${admin.name}', 'sm:console-user:' .. name)
      redis.call('SADD', 'sm:console-users', name)
    end`;
    await stack.redis.cli("EVAL", script, "0", ...users);
    const tokens = texts.map((text) => ({
      to: "/fn/create_token",
      body: new URLSearchParams({ user: admin.name, name: text, role: "viewer" }).toString(),
      type: "application/x-www-form-urlencoded",
    }));
    const made = await post(scripted, tokens);
    const named = texts.filter((_, number) => made[number]!.status === 200);
    expect(named.length, "names of tokens that are taken").toBeGreaterThan(texts.length / 2);
    await readers.expectShown("/admin", [...users, ...named]);

    // Whoever has such a name sees it in the header.
    const name = users.join(" ");
    await stack.redis.cli("EVAL", script, "0", name);
    const rename = "for _, key in ipairs(redis.call('KEYS', 'sm:session:*')) do redis.call('HSET', key, 'user', ARGV[1]) end";
    await stack.redis.cli("EVAL", rename, "0", name);
    await readers.expectShown("/jobs", users, ".header");
  });
}
