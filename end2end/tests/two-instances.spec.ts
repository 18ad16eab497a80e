import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingMessage, type Server, type ServerResponse, createServer, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type BrowserContext, type Page } from "@playwright/test";

import { Nginx, frontPorts } from "../support/nginx.ts";
import { freePort } from "../support/processes.ts";
import { RawStream } from "../support/raw-stream.ts";
import { type Instance, Replicas } from "../support/replicas.ts";
import { ServicesPage } from "../support/services-page.ts";
import { admin } from "../support/stack.ts";
import { expect, test as base } from "../support/test.ts";

const STREAM = "/api/services/status/stream";
/** A little more than the 5 s, a fifth more or less, after which a lost stream is asked for again. */
const UNTIL_THE_NEXT_ATTEMPT = 6_500;

interface Fixtures {
  replicas: Replicas;
  /** A browser in which an administrator is signed in. */
  person: BrowserContext;
}

const test = base.extend<Fixtures>({
  replicas: async ({ snapshot }, use, info) => {
    const replicas = await Replicas.start(snapshot);
    await use(replicas);
    if (info.status !== info.expectedStatus) await info.attach("replicas.log", { body: replicas.log });
    await replicas.end();
  },
  person: async ({ browser, browserConsole, contextOptions, replicas }, use) => {
    // The certificate is the test's own.
    const context = await browser.newContext({ ...contextOptions, baseURL: replicas.url, ignoreHTTPSErrors: true });
    browserConsole.listenTo(context);
    // Without a page, so that no stream is open.
    await context.request.post("/login", { form: admin, headers: { "sec-fetch-site": "same-origin" } });
    await use(context);
    await context.close();
  },
});

/** The session cookie as a request brings it. */
async function cookieOf(context: BrowserContext): Promise<string> {
  const cookie = (await context.cookies()).find(({ name }) => name === "__Host-sm");
  expect(cookie, "the cookie of a page that came by https").toMatchObject({ secure: true, httpOnly: true });
  return `${cookie!.name}=${cookie!.value}`;
}

/** Opens the services page, and again until its stream is on the wanted instance. */
async function pageOn(replicas: Replicas, page: Page, wanted?: Instance): Promise<[ServicesPage, Instance]> {
  const services = new ServicesPage(page);
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const instance = await replicas.whoOpens(async () => {
      await page.goto("/services");
      await services.isConnected();
    });
    if (!wanted || instance === wanted) return [services, instance];
  }
  throw new Error("nginx never chose the wanted instance");
}

/** Two pages of one person, each on an instance of its own. */
async function pagesOnBoth(replicas: Replicas, person: BrowserContext) {
  const [one, here] = await pageOn(replicas, await person.newPage());
  const there = replicas.instances.find((instance) => instance !== here)!;
  const [other] = await pageOn(replicas, await person.newPage(), there);
  return { one, other, here, there };
}

test("one message reaches pages on both instances, over HTTP/2, with one session", async ({ replicas, person }) => {
  const { one, other } = await pagesOnBoth(replicas, person);
  for (const services of [one, other]) await services.markLoad();

  await replicas.redis.publish("email-sender", { state: "running", queued: 3 });

  for (const services of [one, other]) {
    await expect(services.cell("email-sender", "details")).toContainText("3");
    await services.wasNotReloaded();
  }
  const protocols = await one.page.evaluate(() =>
    ["navigation", "resource"]
      .flatMap((type) => performance.getEntriesByType(type) as PerformanceResourceTiming[])
      .map(({ nextHopProtocol }) => nextHopProtocol),
  );
  expect([...new Set(protocols)], "of the page and all its files").toEqual(["h2"]);
  await expect(one.page.getByText("Sandbox data")).toBeVisible();

  const cookie = await cookieOf(person);
  for (const instance of replicas.instances) {
    const answer = await fetch(`${instance.url}/api/session`, { headers: { cookie } });
    expect(await answer.json()).toMatchObject({ user: admin.name, openStreams: 2 });
  }
  await one.signOut();
  await expect(one.page).toHaveURL(/\/login/);
  await expect(other.page, "its stream, on the other instance, ends too").toHaveURL(/\/login/, { timeout: 5_000 });
});

test("events pass nginx at once, uncompressed; the fourth stream is refused, on whichever instance the others are", async ({
  replicas,
  person,
}) => {
  const cookie = await cookieOf(person);
  const stream = await RawStream.open(replicas.url, cookie);
  await expect.poll(() => stream.text).toContain('"services":');
  expect(stream.headers).toMatchObject({ "content-type": "text/event-stream" });
  expect(stream.headers).not.toHaveProperty("content-encoding");
  for (let queued = 101; queued <= 103; queued += 1) {
    await replicas.redis.publish("email-sender", { state: "running", queued });
    await expect.poll(() => stream.text, "the event alone, with nothing after it").toContain(`"queued":${queued}`);
  }

  const aborting = new AbortController();
  const open = async (base: string) => {
    const answer = await fetch(`${base}${STREAM}`, { headers: { cookie }, signal: aborting.signal });
    return { status: answer.status, retryAfter: answer.headers.get("retry-after") };
  };
  const [one, other] = replicas.instances;
  const refused = { status: 429, retryAfter: expect.stringMatching(/^[1-9][0-9]*$/) };
  for (const instance of [one, other]) expect(await open(instance.url)).toMatchObject({ status: 200 });
  expect(await open(other.url)).toEqual(refused);
  expect(await open(one.url)).toEqual(refused);
  const throughNginx = await RawStream.open(replicas.url, cookie);
  expect(throughNginx.status).toBe(429);
  for (const opened of [throughNginx, stream]) opened.close();
  aborting.abort();
});

test("a killed instance's page is back on the other one at the next attempt, without a reload", async ({
  replicas,
  person,
  browserConsole,
}) => {
  browserConsole.announce(/net::ERR_/, /status of 50[0-9]/);
  await person.clock.install();
  const { one, other, here, there } = await pagesOnBoth(replicas, person);
  await replicas.redis.publish("email-sender", { state: "running", queued: 3 });
  for (const services of [one, other]) {
    await expect(services.cell("email-sender", "details")).toContainText("3");
    await services.markLoad();
  }
  const streamsBefore = there.streamsOpened;

  await here.kill();

  await one.shows("disconnected", 10_000);
  await replicas.redis.publish("email-sender", { state: "paused", queued: 7 });
  await expect(other.cell("email-sender", "details")).toContainText("7");
  await one.page.clock.runFor(UNTIL_THE_NEXT_ATTEMPT);
  await one.isConnected();
  expect(there.streamsOpened, "streams that the other instance has opened since").toBe(streamsBefore + 1);
  await expect(one.cell("email-sender", "details")).toContainText("7");
  await expect(other.connection).toContainText("Connected");
  await replicas.redis.publish("email-sender", { state: "running", queued: 8 });
  for (const services of [one, other]) {
    await expect(services.cell("email-sender", "details")).toContainText("8");
    await services.wasNotReloaded();
  }

  // Whatever else the page asks for meanwhile meets the other instance, too.
  for (let time = 0; time < 10; time += 1) {
    expect((await person.request.get("/api/session")).status()).toBe(200);
  }
});

test("both instances are restarted one after the other, and no page is left behind", async ({
  replicas,
  person,
  browserConsole,
}) => {
  browserConsole.announce(/net::ERR_/, /status of 50[0-9]/);
  await person.clock.install();
  const { one, other } = await pagesOnBoth(replicas, person);
  for (const services of [one, other]) await services.markLoad();

  for (const [turn, instance] of replicas.instances.entries()) {
    await instance.stop();
    await instance.start();
    for (const services of [one, other]) {
      await services.page.clock.runFor(UNTIL_THE_NEXT_ATTEMPT);
      await services.isConnected();
    }
    await replicas.redis.publish("email-sender", { state: "running", queued: 51 + turn });
    for (const services of [one, other]) {
      await expect(services.cell("email-sender", "details")).toContainText(String(51 + turn));
      await services.wasNotReloaded();
    }
  }
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** nginx before two servers of the test's own, which see what arrives there; `null`: nobody listens. */
async function nginxBefore(handlers: [Handler | null, Handler], run: (nginx: Nginx) => Promise<void>): Promise<void> {
  const own = mkdtempSync(join(tmpdir(), "service-manager-"));
  const servers = handlers.filter((handler) => handler !== null).map((handler) => createServer(handler));
  const listening = async (server?: Server) => {
    if (!server) return freePort();
    await once(server.listen(0, "127.0.0.1"), "listening");
    return (server.address() as AddressInfo).port;
  };
  const other = await listening(servers.pop());
  const nginx = await Nginx.start(own, await frontPorts(), [await listening(servers.at(0)), other]);
  try {
    await run(nginx);
  } finally {
    await nginx.end();
    rmSync(own, { recursive: true, force: true });
  }
}

/** Status and headers of the answer to a request by HTTP/1.1, whoever made the certificate. */
function ask(url: string, method = "GET", headers = {}, body = ""): Promise<[number, IncomingMessage["headers"]]> {
  const request = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((tell, fail) => {
    const asked = request(url, { method, headers, rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume().on("end", () => tell([answer.statusCode ?? 0, answer.headers]));
    });
    asked.on("error", fail).end(body);
  });
}

test("what a client says of its own address is overwritten", async () => {
  const arrived: IncomingMessage["headers"][] = [];
  const note: Handler = ({ headers }, response) => (arrived.push(headers), response.end());
  await nginxBefore([note, note], async ({ url }) => {
    const claims = { "x-forwarded-for": "203.0.113.9", forwarded: "for=203.0.113.9", "x-forwarded-host": "evil.example" };
    expect((await ask(url, "GET", { ...claims, "x-forwarded-proto": "http" }))[0]).toBe(200);
  });
  expect(arrived).toHaveLength(1);
  expect(arrived[0]).toMatchObject({ host: "localhost", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https" });
  expect(JSON.stringify(arrived)).not.toMatch(/203\.0\.113\.9|evil/);
});

for (const [method, then] of [["GET", 200], ["POST", 502]] as const) {
  const fate = then === 200 ? "asks the other one" : "is not sent a second time";
  test(`a ${method} that an instance took without answering ${fate}`, async () => {
    let taken = 0;
    let answered = 0;
    const dying: Handler = ({ socket }) => ((taken += 1), socket.destroy());
    const alive: Handler = (_, response) => ((answered += 1), response.end());
    await nginxBefore([dying, alive], async ({ url }) => {
      const statuses: number[] = [];
      while (taken === 0) statuses.push((await ask(url, method, {}, method === "POST" ? "x" : ""))[0]);
      expect(statuses.at(-1), "of the request that met the dying one").toBe(then);
      expect(answered, "all others, and this one only if it may be repeated").toBe(statuses.filter((s) => s === 200).length);
      for (let time = 0; time < 10; time += 1) expect((await ask(url, method))[0], "it is passed over").toBe(200);
      expect(taken).toBe(1);
    });
  });
}

test("a file of the page that only one instance has is found, whichever is asked", async () => {
  const missing: Handler = (_, response) => response.writeHead(404).end();
  await nginxBefore([missing, (_, response) => response.end()], async ({ url }) => {
    for (let time = 0; time < 6; time += 1) expect((await ask(`${url}/pkg/new.wasm`))[0]).toBe(200);
    const others = [(await ask(`${url}/other`))[0], (await ask(`${url}/other`))[0]];
    expect(others.toSorted(), "anything else is not asked for twice").toEqual([200, 404]);
  });
});

test("an instance that is gone is passed over by every request", async () => {
  await nginxBefore([null, (_, response) => response.end()], async ({ url }) => {
    // A refused connection has received nothing, so a POST may go on, too.
    for (let time = 0; time < 10; time += 1) expect((await ask(url, "POST", {}, "x"))[0]).toBe(200);
  });
});

test("plain http leads to https, metrics are not shown, limits are the server's own, and what nginx says itself is as well protected", async ({
  replicas,
  person,
}) => {
  const { nginx, url } = replicas;
  const [moved, { location }] = await ask(`${nginx.plainUrl}/services?x=1`);
  expect([moved, location]).toEqual([308, "https://localhost/services?x=1"]);

  for (const path of ["/metrics", "//metrics", "/%6detrics", "/metrics/"]) {
    const [status, headers] = await ask(`${url}${path}`);
    expect([status, headers["x-request-id"]], `${path} does not reach a server`).toEqual([404, undefined]);
  }

  const headers = { "sec-fetch-site": "same-origin" };
  const [large, told] = await ask(`${url}/login`, "POST", headers, "x".repeat(100_000));
  expect([large, told["content-type"]]).toEqual([413, "application/problem+json"]);
  const [long, said] = await ask(`${url}/login?x=${"x".repeat(9_000)}`);
  expect([long, said["content-type"]]).toEqual([414, "application/problem+json"]);
  expect(said["server"], "no version").toBe("nginx");
  expect(said["strict-transport-security"]).toMatch(/^max-age=/);

  const isProtected = (headers: Record<string, string>) =>
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "strict-transport-security": "max-age=31536000",
      "x-content-type-options": "nosniff",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
    });
  const hidden = await person.request.get("/metrics");
  expect(hidden.status()).toBe(404);
  isProtected(hidden.headers());
  for (const instance of replicas.instances) await instance.kill();
  const nobody = await person.request.get("/services");
  expect([nobody.status(), await nobody.text()]).toEqual([502, "Service Manager cannot be reached. Try again in a moment.\n"]);
  isProtected(nobody.headers());
});
