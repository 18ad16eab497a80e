# Programs that come from the system's package manager. Sourced.
# shellcheck shell=bash

# install_package PROGRAM DEBIAN_PACKAGE BREW_PACKAGE HOW_LONG: installs the package, or stops and names it.
install_package() {
  local program=$1 debian=$2 brew=$3 duration=$4
  if has apt-get; then
    if [ "$(id -u)" -ne 0 ]; then
      has sudo || die "$program is missing." "Install the package $debian as root, then run this again."
      say "sudo may ask for your password, to install the package $debian"
    fi
    say "installing $debian with apt-get (usually $duration)"
    # Package lists may be missing or old, so they are fetched when the first try fails.
    apt_install "$debian" || { update_package_lists && apt_install "$debian"; } ||
      die "apt-get could not install $debian." "Its output stands above."
  elif has brew && [ -n "$brew" ]; then
    say "installing $brew with Homebrew (usually $duration)"
    brew install "$brew" || die "Homebrew could not install $brew." "Its output stands above."
  else
    die "$program is missing." "Install it with your package manager (Debian and Ubuntu call the package $debian), then run this again."
  fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}

update_package_lists() { as_root apt-get update -qq; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}
