import tests from "../playwright.config.ts";

/** The same browser as in the tests; what is measured is printed and not judged. */
export default {
  ...tests,
  testDir: ".",
  testMatch: "*.bench.ts",
  outputDir: "../test-results/bench",
  reporter: [["line"]],
  timeout: 600_000,
  use: { ...tests.use, trace: "off" as const, screenshot: "off" as const },
};
