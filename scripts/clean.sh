#!/usr/bin/env bash
# Removes what was built, and Redis's data. The settings in .env and the tools' cache stay.
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/lib/redis.sh
if our_redis_runs; then
  printf '!! A Redis started by make run still runs. End make run, or process %s.\n' "$(cat "$RUN_DIR/redis.pid")" >&2
  exit 1
fi
rm -rf target .run {end2end,benches/jobs,benches/stream,examples/foreign-service}/node_modules end2end/{test-results,playwright-report}
printf '   removed what was built; .env stays, and the volume redis-data of a Redis in a container\n'
