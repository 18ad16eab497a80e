# Starting the program and ending what was started. Sourced.
# shellcheck shell=bash

SERVER_PID=
SANDBOX_PID=
PAGE_PID=

# start_in_background NAME COMMAND…: sets NAME_PID. In a process group of its own, so that Ctrl-C reaches only the
# script, which then ends things in order.
start_in_background() {
  local name=$1
  shift
  set -m
  "$@" </dev/null &
  printf -v "${name}_PID" '%s' "$!"
  set +m
}

# Ends a build, server, sandbox and Redis, in this order, as far as this run started them.
stop_all() {
  # With the compilers that cargo started.
  [ -z "$PAGE_PID" ] || kill -TERM -- "-$PAGE_PID" 2>/dev/null || true
  stop_process "$PAGE_PID"
  stop_process "$SERVER_PID"
  stop_process "$SANDBOX_PID"
  SERVER_PID='' SANDBOX_PID='' PAGE_PID=''
  stop_redis
}

stop_process() {
  [ -n "$1" ] || return 0
  kill -TERM "$1" 2>/dev/null || true
  local waited=0
  while kill -0 "$1" 2>/dev/null && [ "$waited" -lt 200 ]; do
    waited=$((waited + 1))
    sleep 0.05
  done
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# check_port SETTING ADDRESS: stops if something listens there already.
check_port() {
  ! port_answers "${2%:*}" "${2##*:}" ||
    die "$2 is taken by another program (perhaps by a \`make run\` elsewhere)." \
      "End that program, or choose another address in .env ($1)."
}

# The sandbox, unless the core banking system is named.
start_sandbox() {
  [ -z "$(setting CORE_BANKING_URL)" ] || return 0
  local address waited=0
  address=$(setting SANDBOX_ADDR 127.0.0.1:3100)
  say "starting the sandbox on $address; its log is .run/sandbox.log"
  mkdir -p "$RUN_DIR"
  start_in_background SANDBOX "$1" sandbox >"$RUN_DIR/sandbox.log" 2>&1
  until port_answers "${address%:*}" "${address##*:}"; do
    waited=$((waited + 1))
    if [ "$waited" -ge 100 ] || ! kill -0 "$SANDBOX_PID" 2>/dev/null; then
      die 'The sandbox did not start.' "$(tail -n 5 "$RUN_DIR/sandbox.log")"
    fi
    sleep 0.1
  done
}

# Says where to sign in as soon as the server is ready; gives up silently when it ended.
announce_when_ready() {
  local address=$1
  until node -e 'fetch(process.argv[1]).then(a => process.exit(a.ok ? 0 : 1), () => process.exit(1))' \
    "http://$address/readyz" 2>/dev/null; do
    kill -0 "$SERVER_PID" 2>/dev/null || return 0
    sleep 0.3
  done
  heading 'Service Manager runs'
  say "open       $(setting PUBLIC_ORIGIN "http://$address")/services"
  say "sign in    $(setting ADMIN_USERNAME admin), with the password that stands in .env as ADMIN_PASSWORD"
  say 'end it     Ctrl-C'
}
