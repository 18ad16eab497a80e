#!/usr/bin/env bash
# Checks every dependency against deny.toml. Not part of `make test`: cargo-deny takes minutes to build.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

set_up_cargo_tool cargo-deny "$CARGO_DENY_VERSION" '5 to 10 minutes' --locked
heading 'Dependencies'
for manifest in Cargo.toml tools/split-wasm/Cargo.toml; do
  cargo deny --locked --manifest-path "$manifest" check --config "$PWD/deny.toml"
done
