# How the scripts speak. Sourced.
# shellcheck shell=bash

# The headings so far, and how many seconds after the start each stood.
HEADINGS=() STARTED=()

# The next long thing, as a heading.
heading() {
  HEADINGS+=("$*")
  STARTED+=("$SECONDS")
  printf '\n== %s ==\n' "$*"
}

# A table of the steps so far, and how many seconds each took.
show_times() {
  local step end
  printf '\n%8s  %s\n' seconds step
  for step in "${!HEADINGS[@]}"; do
    end=${STARTED[step + 1]:-$SECONDS}
    printf '%8s  %s\n' "$((end - STARTED[step]))" "${HEADINGS[step]%% (*}"
  done
  printf '%8s  %s\n' "$SECONDS" 'all together'
}

# One line about what goes on.
say() { printf '   %s\n' "$*"; }

# Stops with what is wrong and what to do about it.
die() {
  printf '\n!! %s\n' "$1" >&2
  shift
  local line
  for line in "$@"; do printf '   %s\n' "$line" >&2; done
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }
