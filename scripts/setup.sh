#!/usr/bin/env bash
# Installs what building and running need, and starts nothing. Sourced by the other scripts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for part in say packages tools programs examples env-file redis build processes browser; do
  # shellcheck source=/dev/null
  . "scripts/lib/$part.sh"
done
unset part

heading 'Set-up'
set_up_build_tools
say 'everything is there'
