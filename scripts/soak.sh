#!/usr/bin/env bash
# The tests of faults of Redis and of the way to it, and of restarts under hundreds of streams, each SOAK times as often as in
# `make test`, with their figures; and once each what takes minutes: a Redis that is frozen for 30 s and for 120 s.
set -euo pipefail
. "$(dirname "$0")/setup.sh"
. scripts/lib/checks.sh

has redis-server || install_package redis-server redis-server redis 'half a minute'

export SOAK=${SOAK:-20}
heading "Every fault $SOAK times (usually 18 minutes after the build)"
keep_test_files_in_memory
LEPTOS_HASH_FILES=false cargo test --quiet --locked --features ssr --test it -- faults:: many_streams:: --nocapture
