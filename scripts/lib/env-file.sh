# The file .env. Sourced.
# shellcheck shell=bash

# True if .env was made in this run, so that it may still be adapted to the machine.
# shellcheck disable=SC2034 # used in redis.sh
ENV_FILE_IS_NEW=false

# Makes .env from .env.example with fresh secrets, unless it exists.
set_up_env_file() {
  [ ! -e .env ] || return 0
  say 'making .env from .env.example, with a new password for the administrator and one for Redis'
  local part=".env.part.$$"
  (
    umask 077
    awk -v admin="$(new_secret)" -v redis="$(new_secret)" '
      $0 == "ADMIN_PASSWORD=" { $0 = $0 admin }
      $0 == "REDIS_PASSWORD=" { $0 = $0 redis }
      { print }' .env.example >"$part"
  )
  mv "$part" .env
  ENV_FILE_IS_NEW=true
}

# 24 letters and digits.
new_secret() { od -An -N12 -tx1 /dev/urandom | tr -d ' \n'; }

# setting NAME [DEFAULT]: as the server reads it: the environment wins over .env, and an empty value counts as none.
setting() {
  local value=${!1-}
  if [ -z "$value" ] && [ -f .env ]; then
    value=$(sed -n "s/^[[:space:]]*\(export \)\{0,1\}$1[[:space:]]*=[[:space:]]*//p" .env | tail -n 1)
    value=${value%$'\r'}
    case $value in
      \"*\") value=${value#\"} value=${value%\"} ;;
      \'*\') value=${value#\'} value=${value%\'} ;;
      *) value=${value%%[[:space:]]#*} value=${value%"${value##*[![:space:]]}"} ;;
    esac
  fi
  printf '%s' "${value:-${2-}}"
}

# change_setting NAME VALUE: in .env, which keeps its mode.
change_setting() {
  local part=".env.part.$$"
  (umask 077 && sed "s/^$1=.*/$1=$2/" .env >"$part")
  mv "$part" .env
}
