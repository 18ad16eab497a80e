# What `make check`, `make lint`, `make test` and `make soak` have in common. Sourced.
# shellcheck shell=bash

check_format() {
  heading 'Format'
  cargo fmt --check
  cargo fmt --check --manifest-path tools/split-wasm/Cargo.toml
  say 'every file is formatted'
}

# build_server HOW_LONG [TARGET…]: the server with tests, example and benchmarks, or only the targets named, with clippy's lints.
# clippy compiles as rustc does, so that one build serves both; `cargo clippy` would read every library and the program once more.
build_server() {
  heading "Server and its tests, with clippy ($1)"
  shift
  server_cargo test --quiet --no-run "$@"
  # Not among what cargo builds for tests by itself; asked for together, it would build the example as a test.
  [ $# -gt 0 ] || server_cargo test --quiet --no-run --benches
}

# Where the times of the Rust tests are kept for show_slowest.
RUST_TEST_OUTPUT=target/rust-tests.txt

# run_rust_tests [TARGET…] [-- FILTER…]: what build_server built. Each test's time stands behind its result: an unstable option of
# the test runner, for which it (and nothing else) is told that it may use those.
run_rust_tests() {
  local runner
  runner=CARGO_TARGET_$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')_RUNNER
  case " $* " in *' -- '*) ;; *) set -- "$@" -- ;; esac
  (
    keep_test_files_in_memory
    export LEPTOS_HASH_FILES=false "$runner=env RUSTC_BOOTSTRAP=1"
    server_cargo test "$@" -Zunstable-options --report-time | tee "$RUST_TEST_OUTPUT"
  )
}

# The twenty slowest Rust tests of the last run.
show_slowest() {
  printf '\n%8s  %s\n' seconds 'slowest Rust tests'
  sed -n 's/^test \(.*\) \.\.\. ok <\(.*\)s>$/\2 \1/p' "$RUST_TEST_OUTPUT" | sort -rn | head -n 20 |
    awk '{ printf "%8.1f  %s\n", $1, $2 }'
}

# server_cargo COMMAND [OPTION…]: cargo with the settings that all builds for tests share.
server_cargo() {
  RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-Dwarnings__CLIPPY_HACKERY__ \
    cargo "$1" --locked --features ssr "${@:2}"
}

check_browser_half() {
  heading 'Clippy for the browser (the first time usually 1 to 3 minutes)'
  cargo clippy --quiet --locked --features hydrate --lib --target wasm32-unknown-unknown --target-dir target/front -- \
    -D warnings
}

# Where there is room in memory, the tests' files are kept there: a Redis that has to wait for a disk, which is busy with what
# the build wrote, answers too late.
keep_test_files_in_memory() {
  local free
  free=$(df -Pk /dev/shm 2>/dev/null | awk 'END { print $4 }')
  [ "${free:-0}" -lt 2000000 ] || export TMPDIR=/dev/shm
}
