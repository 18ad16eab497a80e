#!/usr/bin/env bash
# Measures the event stream beside its peers: `bench.sh whole` or `bench.sh quick`. benches/README.md says how.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

extent=${1:-whole}
[ "$(uname)" = Linux ] || die 'This benchmark reads what Linux alone tells of a process and of a socket.'
[ "$(getconf _NPROCESSORS_ONLN)" -ge 2 ] || die 'Server and load need a core each.'
# Ten thousand sockets in one process, and some more.
ulimit -n "$(ulimit -Hn)"
[ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -ge 10500 ] ||
  die "A process may open $(ulimit -n) files here; this needs 10500." 'Raise the hard limit (ulimit -Hn).'

has redis-server || install_package redis-server redis-server redis 'half a minute'
{ has taskset && has setpriv; } || install_package 'taskset or setpriv' util-linux '' 'a few seconds'
# Debian keeps nginx where only root's PATH leads.
PATH="$PATH:/usr/sbin"
set_up_program nginx -v nginx 'a few seconds' nginx nginx-core
set_up_nchan
set_up_node_modules benches/stream 'the Redis client of the peers in Node.js'

heading 'Build of the server and of the benchmark (the first time usually 15 minutes, after a change 4)'
# build COMMAND… NAME: builds, and says where the program of this name is. With the features that cargo-leptos builds it with, so
# that what `make run` made is used again.
build() {
  local name=${*: -1}
  set -- "${@:1:$#-1}"
  cargo "$@" --quiet --locked --no-default-features --features ssr --message-format json-render-diagnostics |
    node -e '
      const lines = require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
      console.log(lines.findLast((line) => line.executable && line.target.name === process.argv[1]).executable);' "$name"
}
server=$(build build --release --bin service-manager service-manager)
program=$(build bench --no-run --bench stream stream)

if [ "$extent" = quick ]; then
  heading 'The event stream beside its peers, in short (usually 2 minutes)'
else
  heading 'The event stream beside its peers (usually 25 minutes)'
fi
# What it starts ends with it; the server gets the other core.
exec taskset -c 1 "$program" "$extent" "$server" "$NCHAN" "$PWD/benches/stream/server.mjs"
