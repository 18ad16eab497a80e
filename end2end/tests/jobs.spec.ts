import type { Page } from "@playwright/test";

import { ServicesPage } from "../support/services-page.ts";
import type { Stack } from "../support/stack.ts";
import { addUser, expect, signInAs, test } from "../support/test.ts";

const UNKNOWN = "99999999";

/** Queues a sync as a script does, with the session of the page; answers the job's id. */
async function sync(page: Page, userId: number): Promise<string> {
  const answer = await page.context().request.post("/api/services/balance-sync", {
    data: { userId },
    headers: { "Sec-Fetch-Site": "same-origin" },
  });
  expect(answer.status()).toBe(202);
  return (await answer.json()).jobId;
}

/** Lets a sync of that user die: one of the user's accounts is none that core banking knows. */
async function letDie(page: Page, stack: Stack, userId: number, account = UNKNOWN): Promise<string> {
  await stack.redis.cli("SADD", `sm:bank:accounts:${userId}`, account);
  const id = await sync(page, userId);
  await expect.poll(() => stack.redis.cli("HGET", `sm:job:${id}`, "state"), { timeout: 15_000 }).toBe("dead");
  return id;
}

const row = (page: Page, id: string) => page.locator(`tr[data-job="${id}"]`);
const tile = (page: Page, list: string) => page.locator(`.tile[data-list="${list}"] .tile-count`);

test("a job that dies shows by itself, and is retried from the page after a question", async ({ services, stack }) => {
  const { page } = services;
  await page.getByRole("link", { name: "Jobs", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Jobs" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Jobs", exact: true })).toHaveAttribute("aria-current", "page");
  await services.isConnected();
  await services.markLoad();
  await expect(tile(page, "dead")).toHaveText("0");

  const id = await letDie(page, stack, 3);
  await expect(tile(page, "dead"), "the count moves").toHaveText("1");
  await expect(row(page, id)).toContainText("Dead");
  await expect(row(page, id)).toContainText("does not know");

  await page.locator('.tile[data-list="dead"]').click();
  await expect(page).toHaveURL(/\/jobs\?state=dead$/);
  await expect(page.locator("tr[data-job]")).toHaveCount(1);
  await services.wasNotReloaded();

  await stack.redis.cli("SREM", "sm:bank:accounts:3", UNKNOWN);
  await row(page, id).getByRole("button", { name: "Retry" }).click();
  const dialog = page.getByRole("dialog", { name: "Retry the job about user 3?" });
  await expect(dialog).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await dialog.getByRole("button", { name: "Retry the job about user 3" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByTestId("toast").filter({ hasText: "1 job retried." })).toBeVisible();
  await expect(page.locator("tr[data-job]")).toHaveCount(0);
  await expect(page.getByText("No jobs match these filters.")).toBeVisible();
  await expect.poll(() => stack.redis.cli("HGET", `sm:job:${id}`, "state")).toBe("done");

  await page.goto(`/jobs/${id}`);
  await expect(page.locator("table.list tbody tr")).toHaveCount(2);
  await expect(page.locator("table.list tbody")).toContainText("does not know");
});

test("no job moves under the pointer or the focus; one that has gone on stays, pale, until it may go", async ({ services, stack }) => {
  const { page } = services;
  const [first, second] = [await letDie(page, stack, 3), await letDie(page, stack, 4)];
  await page.goto("/jobs?state=dead");
  await services.isConnected();
  const order = () => page.locator("tr[data-job]").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-job")));
  expect(await order()).toEqual([second, first]);
  await row(page, first).hover();
  const third = await letDie(page, stack, 5);
  const offer = page.locator(".order-changed").getByRole("button", { name: "Apply" });
  await expect(offer).toBeVisible({ timeout: 5_000 });
  expect(await order(), "nothing moved").toEqual([second, first]);

  const discarded = await page.request.post(`/api/jobs/${second}/discard`, { headers: { "Sec-Fetch-Site": "same-origin" } });
  expect(discarded.status()).toBe(200);
  await expect(row(page, second)).toHaveClass(/gone/);
  expect(await order()).toEqual([second, first]);
  await offer.click();
  await expect.poll(order).toEqual([third, first]);
  await expect(offer).toBeHidden();

  await row(page, first).hover();
  const fourth = await letDie(page, stack, 6);
  await expect(offer).toBeVisible({ timeout: 5_000 });
  await page.locator("h1").hover();
  await expect.poll(order, "the pointer has left").toEqual([fourth, third, first]);

  const box = row(page, first).getByRole("checkbox");
  await box.check();
  await page.locator("h1").hover();
  await box.focus();
  const fifth = await letDie(page, stack, 7);
  await expect(offer, "the focus holds the rows as the pointer does").toBeVisible();
  await expect(row(page, fifth)).toHaveCount(0);
  await expect(box).toBeFocused();
  await offer.click();
  await expect(row(page, fifth)).toBeVisible();
  await expect(box).toBeChecked();
});

test("all dead jobs are discarded at once, with one question and one result", async ({ services, stack }) => {
  const { page } = services;
  const ids = [await letDie(page, stack, 3), await letDie(page, stack, 4)];
  await page.goto("/jobs?state=dead");
  await services.isConnected();
  for (const id of ids) await expect(row(page, id)).toBeVisible();

  await row(page, ids[0]!).getByRole("checkbox").check();
  await expect(page.getByRole("button", { name: "Discard selected (1)" })).toBeEnabled();
  await page.getByRole("button", { name: "Discard all dead" }).click();
  const dialog = page.getByRole("dialog", { name: "Discard all dead jobs (2)?" });
  await page.keyboard.press("Enter");
  await expect(dialog, "the focus is on Cancel").toBeHidden();
  await expect(page.locator("tr[data-job]")).toHaveCount(2);

  await page.getByRole("button", { name: "Discard all dead" }).click();
  await expect(dialog).toContainText("2 jobs. ");
  await dialog.getByLabel("Reason (optional)").fill("the accounts are closed");
  await dialog.getByRole("button", { name: "Discard all dead jobs (2)" }).click();
  await expect(page.getByTestId("toast").filter({ hasText: "2 jobs discarded." })).toBeVisible();
  await expect(page.locator("tr[data-job]")).toHaveCount(0);
  await expect(tile(page, "dead")).toHaveText("0");
  await page.goto("/audit?action=discard");
  await expect(page.locator("tr[data-record]")).toContainText("the accounts are closed");
});

test("Cancel and Escape stop a mass discard after the batch under way, and the next question is asked in peace", async ({
  services,
  stack,
}) => {
  const { page } = services;
  const kept = await letDie(page, stack, 3);
  for (const way of ["Cancel", "Escape"] as const) {
    const gone = await letDie(page, stack, 4);
    await page.goto("/jobs?state=dead");
    await services.isConnected();
    await expect(row(page, kept)).toBeVisible();

    // Pages of one job each, of which the second is long in coming.
    let letGo = () => {};
    const isLetGo = new Promise<void>((resolve) => (letGo = resolve));
    let secondIsAsked = () => {};
    const second = new Promise<void>((resolve) => (secondIsAsked = resolve));
    await page.route(/\/fn\/jobs_page$/, async (route) => {
      const isSecond = new URLSearchParams(route.request().postData() ?? "").get("cursor") === "second";
      const postData = (route.request().postData() ?? "").replace("second", "");
      const answer = await route.fetch({ postData });
      const found = (await answer.json()) as { jobs: { id: string }[]; next: string | null };
      const jobs = isSecond || found.jobs.length < 2 ? found.jobs : found.jobs.filter(({ id }) => id === gone);
      if (isSecond) {
        secondIsAsked();
        await isLetGo;
      }
      await route.fulfill({ response: answer, json: { ...found, jobs, next: isSecond ? null : "second" } });
    });

    await page.getByRole("button", { name: "Discard all dead" }).click();
    const all = page.getByRole("dialog", { name: "Discard all dead jobs (2)?" });
    await all.getByRole("button", { name: "Discard all dead jobs (2)" }).click();
    await second;
    await expect(all.getByRole("status")).toContainText("1 of 2");
    if (way === "Cancel") await all.getByRole("button", { name: "Cancel" }).click();
    else await page.keyboard.press("Escape");
    await expect(all, way).toBeHidden();

    await row(page, kept).getByRole("button", { name: "Discard" }).click();
    const one = page.getByRole("dialog", { name: "Discard the job about user 3?" });
    await expect(one).toBeVisible();
    letGo();
    await expect(page.getByTestId("toast").filter({ hasText: "Stopped after 1 job discarded." })).toBeVisible();
    await expect(one, "the question is still open").toBeVisible();
    await expect(one.getByRole("button", { name: "Discard the job about user 3" })).toBeEnabled();
    await expect(one.getByRole("status")).toHaveCount(0);
    await one.getByRole("button", { name: "Cancel" }).click();
    expect(await stack.redis.cli("ZSCORE", "sm:jobs:balance-sync:dead", kept), "it was not discarded").not.toBe("");
    await expect(row(page, kept)).toBeVisible();
    await expect(row(page, gone)).toHaveCount(0);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  }
});

test("what core banking answers is shown as text, never run", async ({ services, stack }) => {
  const { page } = services;
  const id = await letDie(page, stack, 3, "<img/src=x/onerror=document.title='run'>");
  for (const path of ["/jobs?state=dead", `/jobs/${id}`, "/accounts?q=3"]) {
    await page.goto(path);
    await services.isConnected();
    await expect(page.locator("main")).not.toBeEmpty();
    await expect(page.locator("main img")).toHaveCount(0);
    await expect(page).not.toHaveTitle("run");
  }
});

test("a viewer sees the jobs and no way to change them", async ({ visitor, stack, services }) => {
  const id = await letDie(services.page, stack, 3);
  await addUser(stack, "vera", "viewer");
  const context = await visitor();
  await signInAs(context, stack, "vera");
  const page = await context.newPage();
  await page.goto("/jobs?state=dead");
  await new ServicesPage(page).isConnected();
  await expect(row(page, id)).toBeVisible();
  await expect(page.locator("main").getByRole("button", { name: /Retry|Discard/ })).toHaveCount(0);
  await expect(page.locator("main").getByRole("checkbox")).toHaveCount(0);
  const request = page.context().request;
  for (const what of ["retry", "discard"]) {
    const headers = { "Sec-Fetch-Site": "same-origin" };
    expect((await request.post(`/api/jobs/${id}/${what}`, { headers })).status()).toBe(403);
  }
});

test("without JavaScript tables, filters, search and one job are there, and it is retried and discarded", async ({ visitor, stack, services }) => {
  const id = await letDie(services.page, stack, 3);
  const context = await visitor({ javaScriptEnabled: false });
  await signInAs(context, stack);
  const page = await context.newPage();
  await page.goto("/jobs");
  await expect(row(page, id)).toBeVisible();
  await expect(tile(page, "dead")).toHaveText("1");
  await page.locator('.tile[data-list="dead"]').click();
  await expect(page).toHaveURL(/state=dead/);
  await expect(page.locator("tr[data-job]")).toHaveCount(1);
  await page.getByRole("searchbox").fill("4");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByText("No jobs match these filters.")).toBeVisible();
  await page.getByRole("searchbox").fill("3");
  await page.getByRole("button", { name: "Search" }).click();
  await row(page, id).getByRole("link").click();
  await expect(page.getByRole("heading", { name: "Job about user 3" })).toBeVisible();
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(page).toHaveURL(new RegExp(`/jobs/${id}$`));
  expect(await stack.redis.cli("ZSCORE", "sm:jobs:balance-sync:dead", id), "it is listed no longer").toBe("");

  const other = await letDie(services.page, stack, 4);
  await page.goto("/jobs?state=dead");
  await stack.redis.cli("SREM", "sm:bank:accounts:4", UNKNOWN);
  await row(page, other).getByRole("button", { name: "Retry" }).click();
  await expect(page).toHaveURL(/\/jobs\?state=dead$/);
  await expect.poll(() => stack.redis.cli("HGET", `sm:job:${other}`, "state")).toBe("done");

  const late = await letDie(services.page, stack, 5);
  await page.goto("/jobs?state=dead");
  await stack.redis.cli("SREM", "sm:bank:accounts:5", UNKNOWN);
  const headers = { "Sec-Fetch-Site": "same-origin" };
  expect((await services.page.request.post(`/api/jobs/${late}/retry`, { headers })).status()).toBe(202);
  await expect.poll(() => stack.redis.cli("HGET", `sm:job:${late}`, "state"), { timeout: 15_000 }).toBe("done");
  await row(page, late).getByRole("button", { name: "Discard" }).click();
  await expect(page.getByText("That cannot be done with the job as it stands, and nothing was changed.")).toBeVisible();
});
