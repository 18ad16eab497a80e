#!/usr/bin/env bash
# Measures the job lanes beside BullMQ, each on a Redis of its own, and prints one table. benches/README.md says how.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

has redis-server || install_package redis-server redis-server redis 'half a minute'
set_up_node_modules benches/jobs BullMQ

heading 'Build of the benchmark (the first time usually 8 minutes, after a change 2)'
program=$(cargo bench --quiet --no-run --locked --no-default-features --features ssr --bench lanes --message-format json |
  node -e '
    const lines = require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
    console.log(lines.findLast((line) => line.executable && line.target.name === "lanes").executable);')

heading 'Job lanes beside BullMQ (usually 8 minutes)'
node benches/jobs/run.mjs "$program"
