import type { BrowserContext, Page } from "@playwright/test";

import { until } from "./processes.ts";
import { type Stack, admin } from "./stack.ts";

/** Adds somebody of that role, with the administrator's password, as soon as there is an administrator. */
export async function addUser({ redis }: Stack, name: string, role: string): Promise<void> {
  const copy = () => redis.cli("COPY", `sm:console-user:${admin.name}`, `sm:console-user:${name}`);
  await until("there is an administrator", async () => (await copy()) === "1");
  await redis.cli("HSET", `sm:console-user:${name}`, "role", role);
  await redis.cli("SADD", "sm:console-users", name);
}

/** Signs in by the form, wherever the page is asked for it. */
export async function signIn(page: Page, password = admin.password, name = admin.name): Promise<void> {
  if (!page.url().includes("/login")) await page.goto("/services");
  await page.locator("input[name=name]").fill(name);
  await page.locator("input[name=password]").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Signs a browser in without its pages: what the form does, in a tenth of the time. */
export async function signInAs(context: BrowserContext, stack: { url: string }, name = admin.name): Promise<void> {
  const [sessionName = "", value = ""] = (await cookieOf(stack, name)).split("=");
  await context.addCookies([{ name: sessionName, value, url: stack.url, httpOnly: true, sameSite: "Lax" }]);
}

/** The cookie of a new session. */
export async function cookieOf(stack: { url: string }, name = admin.name): Promise<string> {
  const answer = await fetch(`${stack.url}/login`, {
    method: "POST",
    redirect: "manual",
    headers: { "sec-fetch-site": "same-origin" },
    body: new URLSearchParams({ name, password: admin.password }),
  });
  const cookie = answer.headers.getSetCookie()[0]?.split(";")[0];
  if (!cookie) throw new Error(`${name} was not signed in: ${answer.status}`);
  return cookie;
}
