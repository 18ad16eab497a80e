// Says how many browser tests passed and failed, in one line, from the runner's own report.
import { readFileSync } from "node:fs";

let stats;
try {
  ({ stats } = JSON.parse(readFileSync(process.argv[2], "utf8")));
} catch {
  console.log("the browser tests left no report");
  process.exit(1);
}
// A test that was skipped or that passed only on a second try did not show what it promises.
const failed = stats.unexpected + stats.flaky + stats.skipped;
console.log(`${stats.expected} passed, ${failed} failed`);
process.exit(failed === 0 && stats.expected > 0 ? 0 : 1);
