#!/usr/bin/env bash
# What one runs all the time: format, clippy for both halves, and the tests that need neither Redis nor a browser. tests/ and
# benches/ are left out; `make lint` reads them.
set -euo pipefail
. "$(dirname "$0")/setup.sh"
. scripts/lib/checks.sh

check_format
build_server 'the first time usually 5 minutes, after a change less than 1' --lib --bins
check_browser_half
heading 'Unit tests'
run_rust_tests --lib
show_times
