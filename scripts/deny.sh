#!/usr/bin/env bash
# Checks every dependency against deny.toml. Not part of `make test`: cargo-deny takes minutes to build.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

set_up_cargo_tool cargo-deny "$CARGO_DENY_VERSION" '5 to 10 minutes' --locked
heading 'Dependencies'
cargo deny --locked check
