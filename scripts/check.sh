#!/usr/bin/env bash
# What one runs all the time: format, clippy for both halves, and the tests that need neither Redis nor a browser.
set -euo pipefail
. "$(dirname "$0")/setup.sh"
. scripts/lib/checks.sh

check_format
build_server 'the first time usually 5 minutes, after a change half a minute' --all-targets
check_browser_half
heading 'Unit tests'
run_rust_tests --lib
show_times
