# Programs that the tests and benchmarks alone use. Their packages would start services on the machine of whoever runs the tests, so
# nothing is installed: a package is fetched and unpacked into the tools' cache. Sourced.
# shellcheck shell=bash

# Everything that the tests use.
set_up_tests() {
  has redis-server || install_package redis-server redis-server redis 'half a minute'
  has curl || install_package curl curl curl 'a few seconds'
  set_up_test_programs
  set_up_examples
  set_up_browser
}

set_up_test_programs() {
  # Debian keeps nginx where only root's PATH leads.
  PATH="$PATH:/usr/sbin"
  # Ubuntu's package nginx was an empty one for a while, with the program in nginx-core.
  set_up_program nginx -v nginx 'a few seconds' nginx nginx-core
  set_up_program promtool --version prometheus 'half a minute' prometheus
  set_up_program openssl version openssl 'a few seconds' openssl
  [ "$(uname)" != Linux ] || set_up_fake_clock
}

# The library that gives a program another clock than the machine's; LIBFAKETIME says where it is.
set_up_fake_clock() {
  local root="$CACHE/package-libfaketime" name=faketime/libfaketimeMT.so.1
  LIBFAKETIME=$(first_file /usr/lib/*/"$name" /usr/lib64/"$name" "$root"/usr/lib/*/"$name")
  if [ -z "$LIBFAKETIME" ]; then
    has apt-get || die 'libfaketime is missing.' 'Install it with your package manager, then run this again.'
    say "fetching libfaketime into ${root/#"$HOME"/\~}, without installing it (once; usually a few seconds)"
    fetch_package libfaketime "$root"
    LIBFAKETIME=$(first_file "$root"/usr/lib/*/"$name")
  fi
  export LIBFAKETIME
}

# The first of these files that is there; nothing if none is.
first_file() {
  local file
  for file in "$@"; do
    if [ -f "$file" ]; then
      printf '%s' "$file"
      return
    fi
  done
}

# set_up_program PROGRAM QUESTION BREW_PACKAGE HOW_LONG DEBIAN_PACKAGE…: puts PROGRAM on PATH; `PROGRAM QUESTION` must
# succeed. The Debian packages are tried in turn.
set_up_program() {
  local program=$1 question=$2 brew=$3 duration=$4 root="$CACHE/package-$1" package
  shift 4
  ! runs "$program" "$question" || return 0
  if ! has apt-get; then
    install_package "$program" "$1" "$brew" "$duration"
    return
  fi
  PATH="$root/usr/bin:$root/usr/sbin:$PATH"
  hash -r
  # One that was unpacked before may miss its libraries since the system moved on; it is fetched anew.
  ! runs "$program" "$question" || return 0
  for package in "$@"; do
    say "fetching $package into ${root/#"$HOME"/\~}, without installing it (once; usually $duration)"
    fetch_package "$package" "$root"
    hash -r
    [ ! -x "$root/usr/bin/$program" ] && [ ! -x "$root/usr/sbin/$program" ] || break
  done
  runs "$program" "$question" || install_libraries "$program" "$root"
  runs "$program" "$question" || die "$program does not run." "$("$program" "$question" 2>&1 || true)"
}

runs() { has "$1" && "$1" "$2" >/dev/null 2>&1; }

# fetch_package PACKAGE ROOT: unpacks it there. Its description stays beside it, for the names of its libraries.
fetch_package() {
  local package=$1 root=$2 part="$2.part"
  # Root's apt would complain that the folder is closed to the user it downloads as.
  local -a quiet=(-qq -o APT::Sandbox::User=root)
  rm -rf "$root" "$part"
  mkdir -p "$part"
  (cd "$part" && apt-get download "${quiet[@]}" "$package" >/dev/null 2>&1) || {
    update_package_lists
    (cd "$part" && apt-get download "${quiet[@]}" "$package" >/dev/null)
  } || die "apt-get could not fetch $package." 'Its output stands above.'
  dpkg-deb -x "$part/"*.deb "$part"
  dpkg-deb -f "$part/"*.deb Depends >"$part/depends"
  rm -f "$part/"*.deb
  # Renamed only when complete, so that an interrupted download is not taken for a finished one.
  mv "$part" "$root"
}

# install_libraries PROGRAM ROOT: those that its package depends on. They start nothing.
install_libraries() {
  local library
  for library in $(tr ',' '\n' <"$2/depends" | awk '$1 ~ /^(lib|zlib)/ { print $1 }'); do
    if ! dpkg-query -W -f '${Status}' "$library" 2>/dev/null | grep -q '^install ok installed'; then
      install_package "a library of $1" "$library" '' 'a few seconds'
    fi
  done
}

# nchan, for the nginx on PATH; NCHAN says where it is. Installed, it would be loaded by every nginx of the machine.
set_up_nchan() {
  local root="$CACHE/package-libnginx-mod-nchan" name=nginx/modules/ngx_nchan_module.so
  # With it, Debian's nginx makes its folder for bodies there, whatever its settings say; one that is not installed has no such place.
  [ "$(uname)" != Linux ] || [ -d /var/lib/nginx ] || as_root mkdir -p /var/lib/nginx
  NCHAN=$(first_file /usr/lib/"$name" /usr/lib64/"$name" "$root"/usr/lib/"$name")
  [ -z "$NCHAN" ] || return 0
  has apt-get || die 'The module nchan of nginx is missing.' 'Install it with your package manager, then run this again.'
  say "fetching libnginx-mod-nchan into ${root/#"$HOME"/\~}, without installing it (once; usually a few seconds)"
  fetch_package libnginx-mod-nchan "$root"
  NCHAN=$(first_file "$root"/usr/lib/"$name")
}
