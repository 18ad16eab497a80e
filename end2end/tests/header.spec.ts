import type { Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

/** Parts of the header that lie on one another, and what of the open tab is not to be seen. */
function trouble(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const header = document.querySelector(".header")!;
    const parts = [".brand", ".badges", ".tabs", ".connection", ".theme-switch", ".help-button", ".user-menu"]
      .flatMap((name) => [...header.querySelectorAll(name)].map((part) => ({ name, place: part.getBoundingClientRect() })))
      .filter(({ place }) => place.width > 0);
    const cross = (one: DOMRect, other: DOMRect) =>
      one.left < other.right - 0.5 && other.left < one.right - 0.5 && one.top < other.bottom - 0.5 && other.top < one.bottom - 0.5;
    const found = parts.flatMap(({ name, place }, number) =>
      parts.slice(number + 1).filter((other) => cross(place, other.place)).map((other) => `${name} lies on ${other.name}`),
    );
    const outside = parts.filter(({ place }) => place.left < -0.5 || place.right > innerWidth + 0.5);
    found.push(...outside.map(({ name }) => `${name} sticks out`));
    const words = [...header.querySelectorAll(".connection > *")].map((part) => part.getBoundingClientRect());
    if (words.some((place, number) => words.slice(number + 1).some((other) => cross(place, other)))) found.push("the connection is crowded");
    const cut = [...header.querySelectorAll(".connection-words")].filter((words) => words.scrollWidth > words.clientWidth);
    found.push(...cut.map((words) => `"${words.textContent}" is cut`));
    const tabs = header.querySelector(".tabs")!;
    const frame = tabs.getBoundingClientRect();
    const current = tabs.querySelector("[aria-current]")?.getBoundingClientRect();
    const fade = parseFloat(getComputedStyle(tabs).paddingRight);
    if (current && (current.left < frame.left - 0.5 || current.right > frame.right - fade + 0.5)) found.push("the open tab is cut");
    const height = header.getBoundingClientRect().height;
    const told = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--header-height")) * 16;
    if (Math.abs(height - told) > 1) found.push(`it is ${height} px high, and others count on ${told}`);
    return found;
  });
}

/** Gives the window another width, which a page hears of with its next frame. */
async function resize(page: Page, width: number) {
  await page.setViewportSize({ width, height: 800 });
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

test("nothing in the header lies on anything else, and the open tab is seen", async ({ services, visitor, browserConsole }) => {
  // A busy machine may take its time.
  browserConsole.announce(/was preloaded using link preload but not used/);
  test.setTimeout(120_000);
  const { page } = services;
  const plain = await (await visitor({ javaScriptEnabled: false, storageState: await page.context().storageState() })).newPage();
  const found: string[] = [];
  for (const path of ["/services", "/logs", "/audit"]) {
    await page.setViewportSize({ width: 320, height: 800 });
    await page.goto(path);
    await services.isConnected();
    for (const width of [320, 1280, 1000, 768, 480, 390, 320]) {
      await resize(page, width);
      found.push(...(await trouble(page)).map((one) => `${path} at ${width} px: ${one}`));
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        const clip = { x: 0, y: 0, width, height: 200 };
        await page.screenshot({ path: `test-results/screens/header${path.replace("/", "-")}-${width}-${colorScheme}.png`, clip });
      }
    }
    for (const width of [320, 390]) {
      await plain.setViewportSize({ width, height: 800 });
      await plain.goto(path);
      found.push(...(await trouble(plain)).map((one) => `${path} at ${width} px without a script: ${one}`));
    }
  }
  expect(found).toEqual([]);
});

test("the longest words about the connection leave room for the tabs", async ({ services, stack, browserConsole }) => {
  browserConsole.announce(/net::ERR_/);
  const { page } = services;
  await stack.killServer();
  await services.shows("disconnected", 2_000);
  for (const width of [768, 390, 320]) {
    await resize(page, width);
    // At the least width these words leave less room than one tab takes.
    const known = width === 320 ? "the open tab is cut" : "";
    expect((await trouble(page)).filter((one) => one !== known), `${width} px`).toEqual([]);
    await page.screenshot({ path: `test-results/screens/header-disconnected-${width}.png`, clip: { x: 0, y: 0, width, height: 200 } });
  }
});
