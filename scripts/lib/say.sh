# How the scripts speak. Sourced.
# shellcheck shell=bash

# The next long thing, as a heading.
heading() { printf '\n== %s ==\n' "$*"; }

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
