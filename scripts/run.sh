#!/usr/bin/env bash
# From a clone to the live page: set-up, Redis, build, sandbox, server. Ctrl-C or SIGTERM ends what it started.
set -euo pipefail
. "$(dirname "$0")/setup.sh"
set_up_env_file

program=target/release/service-manager
address=$(setting LEPTOS_SITE_ADDR 127.0.0.1:3000)
trap stop_all EXIT
trap 'exit 130' INT TERM

heading 'Redis'
check_port LEPTOS_SITE_ADDR "$address"
[ -n "$(setting CORE_BANKING_URL)" ] || check_port SANDBOX_ADDR "$(setting SANDBOX_ADDR 127.0.0.1:3100)"
set_up_redis

heading 'Build'
build_release

heading 'Start'
start_sandbox "$program"
say "starting the server on $address"
# From here on, being told to end is no failure.
trap 'exit 0' INT TERM
start_in_background SERVER "$program" serve
announce_when_ready "$address" &
wait "$SERVER_PID"
