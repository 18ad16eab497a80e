# What the build needs. Everything goes into one cache that all clones share, and nothing is installed twice. Sourced.
# shellcheck shell=bash

CARGO_LEPTOS_VERSION=0.3.10
# shellcheck disable=SC2034 # used in deny.sh
CARGO_DENY_VERSION=0.20.2
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/service-manager"

# What every build needs.
set_up_build_tools() {
  check_basics
  set_up_rust
  set_up_split_wasm
  set_up_npm_tools
}

# What `make dev` needs besides.
set_up_dev_tools() {
  set_up_cargo_tool cargo-leptos "$CARGO_LEPTOS_VERSION" '7 to 15 minutes' --locked
  # It does not install with the lock file it was published with, so this one resolves anew.
  set_up_cargo_tool wasm-bindgen-cli "$(locked_version wasm-bindgen)" '2 to 4 minutes'
}

check_basics() {
  has node || die 'Node.js is missing.' 'Install Node.js 20 or newer with npm, then run this again.'
  has npm || die 'npm is missing.' 'Install it (it comes with Node.js), then run this again.'
  [ "$(node -p 'parseInt(process.versions.node, 10) >= 20')" = true ] ||
    die "Node.js $(node --version) is too old." 'Install version 20 or newer.'
  has cargo || die 'Rust is missing.' 'Install it from https://rustup.rs, then run this again.'
  has cc || install_package 'a C compiler and linker' build-essential '' 'a minute'
}

# The compiler that rust-toolchain.toml names, with the parts it names.
set_up_rust() {
  local channel sysroot
  channel=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
  if has rustup; then
    sysroot=$(rustup run "$channel" rustc --print sysroot 2>/dev/null || true)
    if [ -z "$sysroot" ]; then
      say "installing Rust $channel with its WebAssembly target (usually 1 minute)"
      rustup toolchain install "$channel" --no-self-update --profile minimal \
        --component rustfmt,clippy --target wasm32-unknown-unknown
    else
      [ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown" ] || {
        say "adding the WebAssembly target to Rust $channel (usually a few seconds)"
        rustup target add --toolchain "$channel" wasm32-unknown-unknown
      }
      { [ -x "$sysroot/bin/cargo-clippy" ] && [ -x "$sysroot/bin/rustfmt" ]; } || {
        say "adding clippy and rustfmt to Rust $channel (usually a few seconds)"
        rustup component add --toolchain "$channel" clippy rustfmt
      }
    fi
  else
    sysroot=$(rustc --print sysroot)
    [ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown" ] ||
      die "This Rust has no WebAssembly target, and rustup is not there to add it." \
        "Install Rust $channel from https://rustup.rs."
  fi
}

# set_up_cargo_tool CRATE VERSION HOW_LONG [OPTION…]: puts the crate's program on PATH at exactly this version.
set_up_cargo_tool() {
  local crate=$1 version=$2 duration=$3 program=${1%-cli}
  shift 3
  local root="$CACHE/$crate-$version"
  [ "$(version_of "$program")" = "$version" ] && return
  PATH="$root/bin:$PATH"
  [ "$(version_of "$program")" = "$version" ] && return
  [ "$crate" != cargo-leptos ] || perl -MFindBin -MIPC::Cmd -e 1 2>/dev/null ||
    install_package 'Perl, which builds cargo-leptos,' perl perl 'a few seconds'
  if has cargo-binstall && cargo binstall "$crate" --version "=$version" --no-confirm --quiet --root "$root"; then
    hash -r
    [ "$(version_of "$program")" = "$version" ] && return
  fi
  say "building $crate $version into ${root/#"$HOME"/\~} (once; usually $duration)"
  # A target directory of its own lets a build that was interrupted go on where it stopped. Without debug information it is
  # quicker to build.
  CARGO_TARGET_DIR="$root/build" CARGO_PROFILE_DEV_DEBUG=false \
    cargo install "$crate" --version "$version" --debug --quiet --root "$root" "$@"
  rm -rf "$root/build"
  hash -r
}

# The program in tools/split-wasm, by its lock file.
set_up_split_wasm() {
  local key root
  key=$(cat tools/split-wasm/Cargo.toml tools/split-wasm/Cargo.lock tools/split-wasm/src/main.rs | cksum | tr ' ' '-')
  root="$CACHE/split-wasm-$key"
  PATH="$root/bin:$PATH"
  [ ! -x "$root/bin/split-wasm" ] || return 0
  say 'building the program that splits the WASM of the page (once; usually 1 to 2 minutes)'
  CARGO_TARGET_DIR="$root/build" cargo build --quiet --locked --manifest-path tools/split-wasm/Cargo.toml
  mkdir -p "$root/bin"
  mv "$root/build/debug/split-wasm" "$root/bin/split-wasm"
  rm -rf "$root/build"
  hash -r
}

# The version that the program on PATH says it has; nothing if there is none.
version_of() {
  "$1" --version 2>/dev/null | awk 'NR == 1 { print $2 }' || true
}

# The version of a crate in Cargo.lock.
locked_version() {
  awk -v name="name = \"$1\"" '$0 == name { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock
}

# The style compiler, by the lock file in tools/. (wasm-opt, which stands there too, is for the image.)
set_up_npm_tools() {
  local key root
  key=$(cksum <tools/package-lock.json | tr ' ' '-')
  root="$CACHE/npm-$key"
  if [ ! -d "$root" ]; then
    say 'downloading sass with npm (once; usually half a minute)'
    rm -rf "$root.part"
    mkdir -p "$root.part"
    cp tools/package.json tools/package-lock.json tools/.npmrc "$root.part/"
    (cd "$root.part" && npm ci --omit=optional --ignore-scripts --loglevel=error)
    # Renamed only when complete, so that an interrupted download is not taken for a finished one.
    mv "$root.part" "$root"
  fi
  PATH="$root/node_modules/.bin:$PATH"
}

# set_up_node_modules FOLDER WHAT: by the lock file there.
set_up_node_modules() {
  local folder=$1 what=$2 key
  key=$(cksum <"$folder/package-lock.json")
  [ "$(cat "$folder/node_modules/.lock-key" 2>/dev/null)" != "$key" ] || return 0
  say "downloading $what with npm (usually a few seconds)"
  (cd "$folder" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --loglevel=error)
  printf '%s\n' "$key" >"$folder/node_modules/.lock-key"
}
