#!/usr/bin/env bash
# Everything that must hold, cheapest first; stops at the first failure.
set -euo pipefail
. "$(dirname "$0")/setup.sh"
. scripts/lib/checks.sh

# A folder of its own: the page of a `make run` under way stays as it is.
site=target/site-test

has redis-server || install_package redis-server redis-server redis 'half a minute'
has curl || install_package curl curl curl 'a few seconds'
set_up_test_programs
set_up_examples
set_up_browser

check_format
check_clippy

heading 'Rust tests (the first time usually 6 minutes, then the tests alone)'
(
  keep_test_files_in_memory
  LEPTOS_HASH_FILES=false cargo test --quiet --locked --features ssr
)

# The server that the Rust tests were built with is used again, so only the page is missing.
heading 'Page for the browser tests (the first time usually 2 minutes)'
LEPTOS_SITE_ROOT=$site cargo leptos build --frontend-only --split --cargo-locked

heading 'Browser tests (usually 12 to 25 minutes)'
run_browser_tests "$PWD/target/debug/service-manager" "$PWD/$site"
