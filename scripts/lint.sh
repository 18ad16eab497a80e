#!/usr/bin/env bash
# Format check and clippy, for the server and for the browser apart, because their features exclude each other.
set -euo pipefail
. "$(dirname "$0")/setup.sh"
. scripts/lib/checks.sh

check_format
build_server 'the first time usually 5 minutes'
check_browser_half
