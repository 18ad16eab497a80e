# What `make check`, `make lint`, `make test` and `make soak` have in common. Sourced.
# shellcheck shell=bash

check_format() {
  heading 'Format'
  cargo fmt --check
  cargo fmt --check --manifest-path tools/split-wasm/Cargo.toml
  say 'every file is formatted'
}

# build_server HOW_LONG [TARGET…]: the server and its tests, or only the targets named, with clippy's lints. clippy compiles as
# rustc does, so that one build serves both; `cargo clippy` would read every library and the program once more.
build_server() {
  heading "Server and its tests, with clippy ($1)"
  shift
  server_cargo test --no-run "$@"
}

# run_rust_tests [TARGET…] [-- FILTER…]: what build_server built.
run_rust_tests() {
  (
    keep_test_files_in_memory
    LEPTOS_HASH_FILES=false server_cargo test "$@"
  )
}

# server_cargo COMMAND [OPTION…]: cargo with the settings that all builds for tests share.
server_cargo() {
  RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-Dwarnings__CLIPPY_HACKERY__ \
    cargo "$1" --quiet --locked --features ssr "${@:2}"
}

check_browser_half() {
  heading 'Clippy for the browser (the first time usually 1 minute)'
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
