import type { Locator, Page } from "@playwright/test";

import { ServicesPage } from "../support/services-page.ts";
import { admin, expect, signIn, test } from "../support/test.ts";

const user = (page: Page, name: string): Locator => page.locator(`tr[data-user="${name}"]`);
const sessions = (page: Page, name: string): Locator => page.locator("tr[data-session]").filter({ hasText: name });
const toast = (page: Page, text: string): Locator => page.getByTestId("toast").filter({ hasText: text });

/** Answers the open question with the button that repeats it. */
async function confirm(page: Page, name: string): Promise<void> {
  await expect(page.getByRole("dialog").getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
}

/** What is shown once; closes the dialog. */
async function shownOnce(page: Page): Promise<string> {
  const dialog = page.getByRole("dialog").filter({ hasText: "shown once" });
  const secret = await dialog.getByLabel("Shown once").inputValue();
  await dialog.getByRole("button", { name: "I have it" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator("input.secret"), "it is forgotten").toHaveValue("");
  return secret;
}

async function addUser(page: Page, name: string, role: string): Promise<string> {
  const form = page.getByRole("form", { name: "Add a user" });
  await form.getByLabel("Name").fill(name);
  await form.getByLabel("Role").selectOption(role);
  await form.getByRole("button", { name: "Add user" }).click();
  return shownOnce(page);
}

async function open(services: ServicesPage): Promise<Page> {
  const { page } = services;
  await page.locator(".user-menu summary").click();
  await page.getByRole("link", { name: "Administration" }).click();
  await expect(page.getByRole("heading", { name: "Administration" })).toBeVisible();
  await services.isConnected();
  return page;
}

test("a user is added, signs in, and their page says so when their session is ended", async ({ services, visitor }) => {
  const page = await open(services);
  await services.markLoad();
  const password = await addUser(page, "otto", "operator");
  expect(password).toMatch(/^[0-9a-f]{32}$/);
  await expect(user(page, "otto")).toContainText("Enabled");

  const theirs = await (await visitor()).newPage();
  await theirs.goto("/services");
  await signIn(theirs, password, "otto");
  const otto = new ServicesPage(theirs);
  await otto.isConnected();
  await expect(theirs.getByRole("link", { name: "Administration" })).toHaveCount(0);
  const refused = await theirs.context().request.get("/admin", { headers: { accept: "text/html" } });
  expect(refused.status()).toBe(403);

  await page.reload();
  await services.isConnected();
  await expect(sessions(page, "otto")).toContainText("Chrome on Linux");
  await expect(sessions(page, "otto")).toContainText("127.0.0.1");
  await sessions(page, "otto").getByRole("button", { name: /^End session/ }).click();
  await confirm(page, "End session of otto");
  await expect(toast(page, "A session of otto is ended.")).toBeVisible();
  await expect(sessions(page, "otto")).toHaveCount(0);
  await expect(theirs.getByText("Signed out").or(theirs.getByRole("button", { name: "Sign in" })).first()).toBeVisible({
    timeout: 5_000,
  });

  await user(page, "otto").getByRole("button", { name: "Disable otto" }).click();
  await confirm(page, "Disable otto");
  await expect(user(page, "otto")).toContainText("Disabled");
  await expect(user(page, "otto").getByRole("button", { name: "Enable otto" })).toBeVisible();
  await expect(user(page, admin.name).getByRole("button", { name: `Disable ${admin.name}` })).toBeDisabled();
});

test("a token works for a script until it is revoked", async ({ services, stack }) => {
  const page = await open(services);
  const form = page.getByRole("form", { name: "Create a token" });
  await form.getByLabel("What for").fill("nightly <b>job</b>");
  await form.getByRole("button", { name: "Create token" }).click();
  const token = await shownOnce(page);
  const ask = () => fetch(`${stack.url}/api/session`, { headers: { authorization: `Bearer ${token}` } });
  expect(await (await ask()).json()).toMatchObject({ user: admin.name, role: "viewer" });
  const row = page.locator("tr[data-token]").filter({ hasText: "nightly <b>job</b>" });
  await row.getByRole("button", { name: /^Revoke/ }).click();
  await confirm(page, "Revoke “nightly <b>job</b>”");
  await expect(row).toHaveCount(0);
  expect((await ask()).status).toBe(401);
  await expect(page.getByText("There are no tokens.")).toBeVisible();
});

test("a refused message is shown as text, never run", async ({ services, stack }) => {
  const attack = "<img/src=x/onerror=document.title='run'>\u0000<script>document.title='run'</script>";
  await stack.redis.cli("PUBLISH", "service:mail", attack.replace("\u0000", ""));
  await stack.redis.cli("PUBLISH", `service:${attack.replace("\u0000", "")}`, "{}");
  const page = await open(services);
  await page.reload();
  await services.isConnected();
  const rows = page.locator(".rejected tbody tr");
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1).locator('[data-cell="sample"]')).toContainText("<img/src=x/onerror");
  await expect(rows.nth(0)).toContainText("service:<img/src=x");
  await expect(page.locator("main img")).toHaveCount(0);
  await expect(page).not.toHaveTitle("run");
  await expect(page.getByText("2 refused so far")).toBeVisible();
});

test("a forgotten service leaves every open page, and is back when it reports again", async ({ services, stack, visitor }) => {
  await stack.redis.publish("mail", { state: "running" });
  await expect(services.row("mail")).toBeVisible();
  const other = await (await visitor()).newPage();
  await other.goto("/services");
  await signIn(other);
  const watching = new ServicesPage(other);
  await watching.isConnected();
  await watching.markLoad();
  await expect(watching.row("mail")).toBeVisible();

  const page = await open(services);
  await page.locator('tr[data-forget="mail"]').getByRole("button", { name: "Forget mail" }).click();
  await confirm(page, "Forget mail");
  await expect(page.locator('tr[data-forget="mail"]')).toHaveCount(0);
  await expect(watching.row("mail")).toHaveCount(0);
  await expect(page.locator("tr[data-forget]")).toHaveCount(0);
  await stack.redis.publish("mail", { state: "idle" });
  await expect(watching.row("mail")).toContainText("Idle");
  await expect(page.locator('tr[data-forget="mail"]')).toBeVisible();
  await watching.wasNotReloaded();
});

test("without JavaScript the lists are there and forms do what takes no secret", async ({ services, visitor, stack, browserConsole }) => {
  // Without JavaScript the page's code is fetched and never used.
  browserConsole.announce(/preloaded using link preload but not used/);
  const page = await open(services);
  await addUser(page, "otto", "viewer");
  const plain = await (await visitor({ javaScriptEnabled: false })).newPage();
  await stack.redis.publish("mail", { state: "running" });
  await expect(page.locator('tr[data-forget="mail"]')).toBeVisible();
  await plain.goto("/admin");
  await signIn(plain);
  await expect(plain).toHaveURL(/\/admin$/);
  await expect(plain.getByRole("form", { name: "Add a user" })).toBeHidden();
  await user(plain, "otto").getByLabel("Role of otto").selectOption("operator");
  await user(plain, "otto").getByRole("button", { name: "Change the role of otto" }).click();
  await expect(user(plain, "otto").getByLabel("Role of otto")).toHaveValue("operator");
  await user(plain, "otto").getByRole("button", { name: "Disable otto" }).click();
  await expect(user(plain, "otto")).toContainText("Disabled");
  await plain.locator('tr[data-forget="mail"]').getByRole("button", { name: "Forget mail" }).click();
  await expect(plain.locator('tr[data-forget="mail"]')).toHaveCount(0);
  await plain.goto("/admin?__path=x&__err=x");
  await expect(plain.getByText("That was refused, and nothing was changed.")).toBeVisible();
});

test("nothing of the administration page sticks out, in light, dark and on a phone", async ({ services, stack }, info) => {
  const page = await open(services);
  await addUser(page, "n".repeat(64), "operator");
  await addUser(page, "otto", "viewer");
  const form = page.getByRole("form", { name: "Create a token" });
  await form.getByLabel("What for").fill("w".repeat(64));
  await form.getByRole("button", { name: "Create token" }).click();
  await shownOnce(page);
  await stack.redis.publish("s".repeat(64), { state: "running" });
  await stack.redis.cli("PUBLISH", "service:mail", `{"service":"mail","timestamp":"soon","status":{"note":"${"x".repeat(600)}"}}`);
  await stack.redis.cli("PUBLISH", "service:Upper", "{}");
  await page.reload();
  await services.isConnected();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: info.outputPath(`administration-${colorScheme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light" });
  for (const width of [1280, 1024, 880, 768, 390, 320]) {
    await page.setViewportSize({ width, height: 800 });
    if (width === 390) await page.screenshot({ path: info.outputPath("administration-390.png"), fullPage: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} px`).toBeLessThanOrEqual(width);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await user(page, "otto").getByRole("button", { name: "Reset password of otto" }).click();
  await page.screenshot({ path: info.outputPath("question.png") });
  await confirm(page, "Reset password of otto");
  await expect(page.getByLabel("Shown once")).toBeFocused();
  await page.screenshot({ path: info.outputPath("shown-once.png") });
});
