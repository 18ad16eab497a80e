import { ServicesPage } from "../support/services-page.ts";
import { expect, signIn, test } from "../support/test.ts";

const STREAM = "/api/services/status/stream";

test("nobody sees services, stream or status before signing in", async ({ visitor }) => {
  const context = await visitor();
  const page = await context.newPage();
  await page.goto("/services");
  await expect(page).toHaveURL(/\/login\?next=/);
  await expect(page.locator("tr[data-service]")).toHaveCount(0);
  for (const path of [STREAM, "/api/services/status", "/api/session"]) {
    expect((await context.request.get(path)).status(), path).toBe(401);
  }
});

test("a wrong password is refused, with a reason and without a session", async ({ visitor }) => {
  const context = await visitor();
  const page = await context.newPage();
  await signIn(page, "not-the-password");
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page).toHaveURL(/\/login/);
  expect((await context.request.get("/api/session")).status()).toBe(401);
});

test("too many wrong passwords are told how long to wait, and the right one does not help", async ({ visitor }) => {
  const context = await visitor();
  const page = await context.newPage();
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    await signIn(page, "not-the-password");
    await expect(page.getByRole("alert")).toContainText("Name or password is wrong.");
    await page.goto("/login");
  }
  await signIn(page);
  await expect(page.getByRole("alert")).toContainText(/Too many attempts\. Try again in 1[45] m/);
  expect((await context.request.get("/api/session")).status()).toBe(401);
});

test("the right password leads to the page that was asked for", async ({ visitor }) => {
  const page = await (await visitor()).newPage();
  await page.goto("/services?asked=yes");
  await signIn(page);
  await expect(page).toHaveURL(/\/services\?asked=yes$/);
  const services = new ServicesPage(page);
  await services.isConnected();
  for (const service of ["balance-sync", "account-discovery", "account-enrichment"]) {
    await expect(services.row(service)).toBeVisible();
  }
});

test("whoever was signed out is back where they were, with what they had asked for", async ({ services, stack, browserConsole }) => {
  browserConsole.announce(/status of 401/);
  const { page } = services;
  await page.goto("/services?q=sync");
  await services.isConnected();
  const search = page.getByRole("searchbox");
  await search.fill("balance sync");
  await expect(page).toHaveURL(/q=balance(\+|%20)sync$/);
  const place = page.url();
  // The browser stays where it is, so that the link is there to be used.
  let isHeld = true;
  await page.route(/\/login\?/, (route) => (isHeld ? route.fulfill({ status: 204 }) : route.continue()));
  const sessions = (await stack.redis.cli("--scan", "--pattern", "sm:session:*")).split("\n").filter(Boolean);
  await stack.redis.cli("DEL", ...sessions);
  await services.shows("signed-out", 10_000);
  isHeld = false;
  await page.getByRole("link", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/login\?next=/);
  await signIn(page);
  await expect(page).toHaveURL(place);
  await services.isConnected();
  await expect(search).toHaveValue("balance sync");
});

test("a form that was posted after the session ended leads back to its page", async ({ visitor, stack }) => {
  const page = await (await visitor({ javaScriptEnabled: false })).newPage();
  await page.goto("/services/sync?q=2");
  await signIn(page);
  await expect(page).toHaveURL(/\/services\/sync\?q=2$/);
  await page.locator('input[name="user_id"]').first().check();
  const sessions = (await stack.redis.cli("--scan", "--pattern", "sm:session:*")).split("\n").filter(Boolean);
  await stack.redis.cli("DEL", ...sessions);
  await page.getByRole("button", { name: "Sync", exact: true }).click();
  await expect(page).toHaveURL(/\/login\?next=/);
  await signIn(page);
  await expect(page).toHaveURL(/\/services\/sync\?q=2$/);
});

test("signing in never leads to another site", async ({ visitor, stack }) => {
  for (const next of ["//evil.example/", "https://evil.example/", "/\\evil.example"]) {
    const page = await (await visitor()).newPage();
    await page.goto(`/login?next=${encodeURIComponent(next)}`);
    await signIn(page);
    await expect(page).toHaveURL(`${stack.url}/services`);
  }
});

test("signing out ends the session on every page of it", async ({ services, stack }) => {
  const context = services.page.context();
  const other = await context.newPage();
  await other.goto("/services");
  await new ServicesPage(other).isConnected();

  await services.signOut();

  await expect(services.page).toHaveURL(/\/login/);
  await expect(other).toHaveURL(/\/login/, { timeout: 10_000 });
  expect((await context.request.get(`${stack.url}${STREAM}`)).status()).toBe(401);
});

test("a session that was ended elsewhere leads the page to sign-in", async ({ services, stack }) => {
  const sessions = (await stack.redis.cli("--scan", "--pattern", "sm:session:*")).split("\n").filter(Boolean);
  expect(sessions, "one session is open").toHaveLength(1);
  await stack.redis.cli("DEL", ...sessions);
  await expect(services.page).toHaveURL(/\/login/, { timeout: 10_000 });
});
