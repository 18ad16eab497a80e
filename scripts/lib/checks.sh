# What `make lint` and `make test` have in common. Sourced.
# shellcheck shell=bash

# Part of what a build of the libraries depends on: the same in every build here, so that none is made twice.
export LEPTOS_OUTPUT_NAME=service_manager

check_format() {
  heading 'Format'
  cargo fmt --check
  say 'every file is formatted'
}

check_clippy() {
  heading 'Clippy for the server (the first time usually 3 minutes)'
  cargo clippy --quiet --locked --features ssr --all-targets -- -D warnings
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
