# The browser tests. Sourced.
# shellcheck shell=bash

# Sets CHROMIUM to a browser that is there, or installs one.
set_up_browser() {
  local name
  for name in "${CHROMIUM-}" chromium chromium-browser google-chrome google-chrome-stable \
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' '/Applications/Chromium.app/Contents/MacOS/Chromium'; do
    if [ -z "$name" ] || ! has "$name"; then continue; fi
    CHROMIUM=$(command -v "$name")
    export CHROMIUM
    return
  done
  install_package 'Chromium (or CHROMIUM, which may name another browser of its kind),' chromium '' 'a minute'
  CHROMIUM=$(command -v chromium)
  export CHROMIUM
}

# run_browser_tests SERVER SITE [OPTION…]
run_browser_tests() {
  local server=$1 site=$2
  shift 2
  set_up_node_modules end2end 'the browser test runner'
  rm -rf end2end/test-results
  (cd end2end && npm run --silent check && SERVICE_MANAGER="$server" SERVICE_MANAGER_SITE="$site" npm run --silent test -- "$@")
}

# The slowest browser tests of the last run, and how many passed and failed; fails unless all passed.
count_browser_tests() { node end2end/count.mjs end2end/test-results/results.json; }
