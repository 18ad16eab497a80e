#!/usr/bin/env bash
# Everything that must hold, cheapest first; stops at the first failure. What takes minutes or many repetitions is in soak.sh.
set -euo pipefail
. "$(dirname "$0")/setup.sh"
. scripts/lib/checks.sh

# A folder of its own: the page of a `make run` under way stays as it is.
site=target/site-test

set_up_tests
check_format
build_server 'the first time usually 5 to 8 minutes'
check_browser_half

heading 'Rust tests (usually 3 minutes)'
run_rust_tests --lib --bins --test it --test stream_load

heading 'Page for the browser tests (the first time usually 2 minutes)'
build_test_page "$site"

heading 'Browser tests (usually 5 to 8 minutes)'
status=0
run_browser_tests "$PWD/target/debug/service-manager" "$PWD/$site" --grep-invert @soak || status=$?
show_times
show_slowest
# The count is the last line.
count_browser_tests || status=1
exit "$status"
