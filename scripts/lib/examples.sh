# What the example services in examples/ need, which the tests run. Sourced.
# shellcheck shell=bash

set_up_examples() {
  set_up_node_modules examples/foreign-service 'the Redis client of the example in Node.js'
  set_up_example_python
  # The example in shell reads and writes JSON with it.
  has jq || install_package jq jq jq 'a few seconds'
}

# A Python in the tools' cache that has the libraries which the example asks for; EXAMPLE_PYTHON says where it is.
set_up_example_python() {
  local wanted=examples/foreign-service/requirements.txt root
  root="$CACHE/python-$(cksum <"$wanted" | tr ' ' '-')"
  EXAMPLE_PYTHON="$root/bin/python"
  export EXAMPLE_PYTHON
  # One that was made before may miss its interpreter since the system moved on; it is made anew.
  ! "$EXAMPLE_PYTHON" -c 'import redis' 2>/dev/null || return 0
  # Debian keeps the library that puts pip into a new environment in a package of its own.
  python3 -c 'import ensurepip, venv' 2>/dev/null ||
    install_package 'Python 3 with venv' python3-venv python 'half a minute'
  say "fetching the Redis client of the example in Python into ${root/#"$HOME"/\~} (once; usually a few seconds)"
  rm -rf "$root" "$root.part"
  python3 -m venv "$root.part" || die 'python3 could not make a virtual environment.' 'Its output stands above.'
  "$root.part/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$wanted" ||
    die 'pip could not fetch what the example in Python needs.' 'Its output stands above.'
  # Renamed only when complete, so that an interrupted download is not taken for a finished one.
  mv "$root.part" "$root"
}
