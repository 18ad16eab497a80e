#!/usr/bin/env bash
# Measures the open page: from PUBLISH to its text, its frames, its first paint, its log lines. Prints tables; benches/README.md
# says how. The page is the release build's, the program too.
set -euo pipefail
. "$(dirname "$0")/setup.sh"
trap stop_all EXIT
trap 'exit 130' INT TERM

has redis-server || install_package redis-server redis-server redis 'half a minute'
set_up_browser
set_up_node_modules end2end 'the browser test runner'
build_release

heading 'The open page (usually 5 minutes)'
export SERVICE_MANAGER="$PWD/target/release/service-manager" SERVICE_MANAGER_SITE="$PWD/target/site"
cd end2end
npx --no-install playwright test --config bench
