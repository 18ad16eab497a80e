# Building, and only when something changed. Sourced.
# shellcheck shell=bash

# What a build reads.
SOURCES="src style public tools .cargo Cargo.toml Cargo.lock Leptos.toml rust-toolchain.toml"

# The program and page that `make run` serves.
build_release() {
  local stamp=target/.built-release
  if release_is_current "$stamp"; then
    say 'nothing changed since the last build'
    return
  fi
  say 'building (the first time usually 8 to 12 minutes, after a change 1 to 3)'
  mkdir -p target
  # The time before the build counts, so that an edit made during it is not missed.
  touch "$stamp.part"
  cargo leptos build --release --split --cargo-locked
  node tools/precompress.mjs target/site
  mv "$stamp.part" "$stamp"
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
