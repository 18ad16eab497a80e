#!/usr/bin/env bash
# Measures one open page: from PUBLISH to the text in it, its frames, its heap. Prints one table; benches/README.md says
# how. The page is the release build's, the program too.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

has redis-server || install_package redis-server redis-server redis 'half a minute'
set_up_browser
set_up_node_modules end2end 'the browser test runner'
build_release

heading 'One page (usually 3 minutes)'
export SERVICE_MANAGER="$PWD/target/release/service-manager" SERVICE_MANAGER_SITE="$PWD/target/site"
cd end2end
npx --no-install playwright test --config bench
