import { ServicesPage } from "../support/services-page.ts";
import type { Stack } from "../support/stack.ts";
import { admin, expect, signIn, signInAs, test } from "../support/test.ts";

const STREAM = "/api/services/status/stream";

/** Ends every session, as an administrator may from elsewhere. */
async function endSessions({ redis }: Stack): Promise<void> {
  const sessions = (await redis.cli("--scan", "--pattern", "sm:session:*")).split("\n").filter(Boolean);
  expect(sessions, "sessions that are open").not.toEqual([]);
  await redis.cli("DEL", ...sessions);
}

test("nobody sees anything before signing in, and the right password leads to the page that was asked for", async ({ visitor }) => {
  const context = await visitor();
  const page = await context.newPage();
  const isRefused = async () => {
    await expect(page).toHaveURL(/\/login/);
    for (const path of [STREAM, "/api/services/status", "/api/session"]) {
      expect((await context.request.get(path)).status(), path).toBe(401);
    }
  };
  await page.goto("/services?asked=yes");
  await expect(page).toHaveURL(/\/login\?next=/);
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
  await expect(page.locator("tr[data-service]")).toHaveCount(0);
  await isRefused();

  await signIn(page, "not-the-password");
  await expect(page.getByRole("alert")).toContainText("Name or password is wrong.");
  await isRefused();

  await signIn(page);
  await expect(page).toHaveURL(/\/services\?asked=yes$/);
  const services = new ServicesPage(page);
  await services.isConnected();
  for (const service of ["balance-sync", "account-discovery", "account-enrichment"]) {
    await expect(services.row(service)).toBeVisible();
  }
});

test("too many wrong passwords are told how long to wait, and the right one does not help", async ({ visitor, stack }) => {
  const context = await visitor();
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    const answer = await fetch(`${stack.url}/login`, {
      method: "POST",
      redirect: "manual",
      headers: { "sec-fetch-site": "same-origin" },
      body: new URLSearchParams({ name: admin.name, password: "not-the-password" }),
    });
    expect(answer.headers.getSetCookie().filter((cookie) => cookie.includes("session")), `attempt ${attempt}`).toEqual([]);
  }
  const page = await context.newPage();
  await signIn(page);
  await expect(page.getByRole("alert")).toContainText(/Too many attempts\. Try again in 1[45] m/);
  expect((await context.request.get("/api/session")).status()).toBe(401);
});

test("whoever was signed out is led to the sign-in, and back with what they had asked for", async ({ services, stack, browserConsole }) => {
  browserConsole.announce(/status of 401/);
  const { page } = services;
  const search = page.getByRole("searchbox");
  await search.fill("balance sync");
  await expect(page).toHaveURL(/q=balance(\+|%20)sync$/);
  const place = page.url();
  // The browser stays where it is, so that the link is there to be used.
  let isHeld = true;
  await page.route(/\/login\?/, (route) => (isHeld ? route.fulfill({ status: 204 }) : route.continue()));
  const led = page.waitForRequest(/\/login\?next=/);
  await endSessions(stack);
  await services.shows("signed-out", 10_000);
  await led;
  isHeld = false;
  await page.getByRole("link", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/login\?next=/);
  await signIn(page);
  await expect(page).toHaveURL(place);
  await services.isConnected();
  await expect(search).toHaveValue("balance sync");
});

test("a form that was posted after the session ended leads back to its page", async ({ visitor, stack }) => {
  const context = await visitor({ javaScriptEnabled: false });
  await signInAs(context, stack);
  const page = await context.newPage();
  await page.goto("/services/sync?q=2");
  await page.locator('input[name="user_id"]').first().check();
  await endSessions(stack);
  await page.getByRole("button", { name: "Sync", exact: true }).click();
  await expect(page).toHaveURL(/\/login\?next=/);
  await signIn(page);
  await expect(page).toHaveURL(/\/services\/sync\?q=2$/);
});

test("signing in never leads to another site", async ({ visitor, stack }) => {
  const context = await visitor({ javaScriptEnabled: false });
  const page = await context.newPage();
  for (const next of ["//evil.example/", "https://evil.example/", "/\\evil.example"]) {
    await page.goto(`/login?next=${encodeURIComponent(next)}`);
    await signIn(page);
    await expect(page).toHaveURL(`${stack.url}/services`);
    await context.clearCookies();
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
