#!/usr/bin/env bash
# What takes too long for `make test`: faults of Redis and of the way to it, kills and restarts under load, each SOAK times as
# often and with their figures; a Redis that is frozen for 30 s and for 120 s; and the browser tests that prove by volume: every
# hostile text in every place, 10,000 log lines, 1,000 services, ten tabs, foreign services in every language.
set -euo pipefail
. "$(dirname "$0")/setup.sh"
. scripts/lib/checks.sh

site=target/site-test
export SOAK=${SOAK:-20}

set_up_tests
build_server 'the first time usually 5 minutes'

heading "Rust tests whose volume grows in a soak, every fault $SOAK times (usually 20 minutes)"
run_rust_tests --test it -- faults:: lanes:: lost_answers:: lost_workers:: many_streams:: runs:: --nocapture

heading 'Page for the browser tests (the first time usually 2 minutes)'
build_test_page "$site"

heading 'Browser tests by volume (usually 10 minutes)'
status=0
run_browser_tests "$PWD/target/debug/service-manager" "$PWD/$site" --grep @soak || status=$?
show_times
show_slowest
# The count is the last line.
count_browser_tests || status=1
exit "$status"
