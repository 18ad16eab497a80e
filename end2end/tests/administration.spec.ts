import type { Locator, Page } from "@playwright/test";

import { ServicesPage } from "../support/services-page.ts";
import { addUser as addUserTo, admin, expect, signIn, signInAs, test } from "../support/test.ts";

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
  await page.goto("/admin");
  await services.isConnected();
  return page;
}

test("a user is added, signs in, and their page says so when their session is ended", async ({ services, visitor }) => {
  const { page } = services;
  await page.locator(".user-menu summary").click();
  await page.getByRole("link", { name: "Administration" }).click();
  await expect(page.getByRole("heading", { name: "Administration" })).toBeVisible();
  await services.isConnected();
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
    timeout: 10_000,
  });

  await user(page, "otto").getByRole("button", { name: "Reset password of otto" }).click();
  await confirm(page, "Reset password of otto");
  await expect(page.getByLabel("Shown once")).toBeFocused();
  expect(await shownOnce(page), "another password").not.toBe(password);

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

test("refused messages are listed, and a forgotten service leaves every page until it reports again", async ({ services, stack, visitor }) => {
  await stack.redis.publish("mail", { state: "running" });
  await expect(services.row("mail")).toBeVisible();
  const others = await visitor();
  await signInAs(others, stack);
  const other = await others.newPage();
  await other.goto("/services");
  const watching = new ServicesPage(other);
  await watching.isConnected();
  await watching.markLoad();
  await expect(watching.row("mail")).toBeVisible();

  await stack.redis.cli("PUBLISH", "service:mail", "no JSON at all");
  await stack.redis.cli("PUBLISH", "service:Upper", "{}");
  await expect.poll(() => stack.redis.cli("LLEN", "sm:rejected")).toBe("2");
  const page = await open(services);
  const refused = page.locator(".rejected tbody tr");
  await expect(refused).toHaveCount(2);
  await expect(refused.nth(0), "the newest first").toContainText("service:Upper");
  await expect(refused.nth(1).locator('[data-cell="sample"]')).toContainText("no JSON at all");
  await expect(page.getByText("2 refused so far")).toBeVisible();

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

test("without JavaScript the lists are there and forms do what takes no secret", async ({ visitor, stack, browserConsole }) => {
  // Without JavaScript the page's code is fetched and never used.
  browserConsole.announce(/preloaded using link preload but not used/);
  await addUserTo(stack, "otto", "viewer");
  await stack.redis.publish("mail", { state: "running" });
  await expect.poll(() => stack.redis.cli("HEXISTS", "sm:status", "mail")).toBe("1");
  const context = await visitor({ javaScriptEnabled: false });
  await signInAs(context, stack);
  const plain = await context.newPage();
  await plain.goto("/admin");
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
