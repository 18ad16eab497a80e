import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { defineConfig } from "@playwright/test";

/** CHROMIUM, else the system's: no browser of the test runner's own is downloaded. */
function browser(): string {
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "chromium"));
  const found = [process.env.CHROMIUM ?? "", "/usr/bin/chromium", ...onPath].find((path) => path && existsSync(path));
  if (!found) throw new Error("no chromium found; CHROMIUM may name one");
  return found;
}

const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
const asRoot = process.getuid?.() === 0 ? ["--no-sandbox", "--disable-gpu", "--disable-quic"] : [];

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  // Two cores carry server, Redis and browser; and a test that needs a second try does not hold its promise.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  // Far more than is ever needed: a busy machine is slower, and what a test promises is said by the test itself.
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [["list"], ["json", { outputFile: "test-results/results.json" }]],
  use: {
    launchOptions: { executablePath: browser(), args: [...quiet, ...asRoot] },
    locale: "en-GB",
    timezoneId: "UTC",
    screenshot: "only-on-failure",
    // A trace takes a third of a test's time; TRACE=1 records one for each test that fails.
    trace: process.env.TRACE ? "retain-on-failure" : "off",
    viewport: { width: 1280, height: 800 },
  },
});
