// Lists the slowest browser tests, then says in one line how many passed and failed, from the runner's own report.
import { readFileSync } from "node:fs";

let stats;
let suites;
try {
  ({ stats, suites } = JSON.parse(readFileSync(process.argv[2], "utf8")));
} catch {
  console.log("the browser tests left no report");
  process.exit(1);
}
/** Each test of a suite and of those in it, with its time in ms. */
function tests({ suites = [], specs = [] }) {
  const own = specs.map(({ file, title, tests }) => ({ name: `${file} › ${title}`, ms: tests[0].results[0]?.duration ?? 0 }));
  return [...own, ...suites.flatMap(tests)];
}

console.log("\n seconds  slowest browser tests");
for (const { name, ms } of suites.flatMap(tests).sort((a, b) => b.ms - a.ms).slice(0, 20)) {
  console.log(`${(ms / 1000).toFixed(1).padStart(8)}  ${name}`);
}

// A test that was skipped or that passed only on a second try did not show what it promises.
const failed = stats.unexpected + stats.flaky + stats.skipped;
console.log(`${stats.expected} passed, ${failed} failed`);
process.exit(failed === 0 && stats.expected > 0 ? 0 : 1);
