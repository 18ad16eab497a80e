# Building, and only when something changed. Sourced.
# shellcheck shell=bash

# What a build reads.
SOURCES="src style public tools .cargo Cargo.toml Cargo.lock Leptos.toml rust-toolchain.toml"

# Part of what a build of the libraries depends on: the same in every build here, so that none is made twice.
export LEPTOS_OUTPUT_NAME=service_manager

# The browser's half, as WASM, in a folder of its own: its libraries have other features than the server's.
PAGE_WASM=target/front/wasm32-unknown-unknown/wasm-release/service_manager.wasm
PAGE_BUILD=(cargo build --quiet --locked --no-default-features --features hydrate --lib
  --target wasm32-unknown-unknown --target-dir target/front --profile wasm-release)

# The program and page that `make run` serves.
build_release() {
  local stamp=target/.built-release
  if release_is_current "$stamp"; then
    say 'nothing changed since the last build'
    return
  fi
  say 'building (the first time usually 8 to 10 minutes, after a change 1 to 3)'
  mkdir -p target
  # The time before the build counts, so that an edit made during it is not missed.
  touch "$stamp.part"
  # Both halves at once: each ends with a part that one core alone can do.
  start_in_background PAGE "${PAGE_BUILD[@]}"
  cargo build --locked --release --no-default-features --features ssr --bin service-manager
  wait "$PAGE_PID" || die 'The page was not built.' 'The compiler says why, above.'
  PAGE_PID=
  node tools/build-page.mjs "$PAGE_WASM" target/site target/release/hash.txt --compress
  mv "$stamp.part" "$stamp"
}

# build_test_page SITE: the same page for the server that the tests are built with.
build_test_page() {
  "${PAGE_BUILD[@]}"
  node tools/build-page.mjs "$PAGE_WASM" "$1" target/debug/hash.txt
}

release_is_current() {
  local hash source
  [ -f "$1" ] && [ -x target/release/service-manager ] || return 1
  for source in $SOURCES; do
    [ -z "$(find "$source" -newer "$1" -print 2>/dev/null | head -n 1)" ] || return 1
  done
  # Another build may have replaced the page's files since.
  hash=$(sed -n 's/^js: //p' target/release/hash.txt 2>/dev/null)
  [ -n "$hash" ] && [ -f "target/site/pkg/service_manager.$hash.js.br" ]
}
