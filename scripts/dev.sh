#!/usr/bin/env bash
# Like run.sh with a debug build, which is made again and reloads the page whenever a file changes.
set -euo pipefail
. "$(dirname "$0")/setup.sh"
set_up_dev_tools
set_up_env_file

program=target/debug/service-manager
address=$(setting LEPTOS_SITE_ADDR 127.0.0.1:3000)
# A folder of its own: the page of `make run` stays as it is.
export LEPTOS_SITE_ROOT=target/site-dev
trap stop_all EXIT
trap 'exit 130' INT TERM

heading 'Redis'
check_port LEPTOS_SITE_ADDR "$address"
[ -n "$(setting CORE_BANKING_URL)" ] || check_port SANDBOX_ADDR "$(setting SANDBOX_ADDR 127.0.0.1:3100)"
set_up_redis

heading 'Build'
say 'building for development (the first time usually 5 minutes, after a change half a minute)'
LEPTOS_WATCH=true cargo leptos build --split --cargo-locked

heading 'Start'
start_sandbox "$program"
say 'watching the sources and starting the server; the page reloads after each change'
# From here on, being told to end is no failure.
trap 'exit 0' INT TERM
start_in_background SERVER cargo leptos watch --split --cargo-locked -- serve
announce_when_ready "$address" &
wait "$SERVER_PID"
