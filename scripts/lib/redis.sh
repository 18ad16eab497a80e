# The Redis of a development machine. Sourced.
# shellcheck shell=bash

RUN_DIR="$PWD/.run"
# How we started Redis in this run: server, docker, or nothing at all.
REDIS_STARTED=

# Uses the Redis that .env names if it answers, else starts one there.
set_up_redis() {
  if [ -n "$(setting REDIS_URL)" ]; then
    say 'using the Redis that REDIS_URL names'
    return
  fi
  local host port
  host=$(setting REDIS_HOST localhost)
  port=$(setting REDIS_PORT 6379)
  case $(probe_redis "$host" "$port") in
    ready)
      say "using the Redis that answers on $host:$port"
      # Left over from a run that was killed: it ends with this one.
      if our_redis_runs; then REDIS_STARTED=server; fi
      return
      ;;
    refused | foreign) port=$(port_for_first_use "$host" "$port") || exit 1 ;;
  esac
  is_this_machine "$host" ||
    die "No Redis answers on $host:$port." 'Start it, or name another one in .env (REDIS_HOST, REDIS_PORT).'
  if has docker && docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
    start_redis_container "$port"
  else
    start_redis_server "$host" "$port"
  fi
}

# The password as the program takes it: the file's, else the setting's.
redis_password() {
  local file password
  file=$(setting REDIS_PASSWORD_FILE)
  if [ -z "$file" ]; then
    setting REDIS_PASSWORD
    return
  fi
  password=$(cat "$file") || die "REDIS_PASSWORD_FILE names $file, which cannot be read."
  printf '%s' "${password%$'\r'}"
}

# What answers there, by .env's password. A Redis that still loads its data is waited for.
probe_redis() {
  local word='' waited=0
  while :; do
    word=$(PROBE_PASSWORD=$(redis_password) node scripts/lib/redis-probe.mjs "$1" "$2")
    if [ "$word" != loading ] || [ "$waited" -ge 60 ]; then break; fi
    waited=$((waited + 1))
    sleep 1
  done
  printf '%s' "$word"
}

# Something else holds the port: a new .env moves to the next free one, an old one is not second-guessed.
port_for_first_use() {
  local host=$1 port=$2
  if ! $ENV_FILE_IS_NEW || ! is_this_machine "$host"; then
    die "The Redis on $host:$port refuses the password in .env (or it is not a Redis)." \
      'Put its password into .env (REDIS_PASSWORD), stop it, or choose another port there (REDIS_PORT).'
  fi
  while port_answers 127.0.0.1 "$port"; do port=$((port + 1)); done
  say "port $2 belongs to another Redis, so ours gets port $port; written to .env" >&2
  change_setting REDIS_PORT "$port"
  printf '%s' "$port"
}

# True if the server whose process id stands in .run is alive.
our_redis_runs() {
  local pid
  [ -f "$RUN_DIR/redis.pid" ] || return 1
  pid=$(cat "$RUN_DIR/redis.pid")
  # The number may belong to another program by now. Small systems have no ps, others have no /proc.
  case $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" || ps -p "$pid" -o args= 2>/dev/null) in
    *redis-server*) true ;;
    *) false ;;
  esac
}

is_this_machine() {
  case $1 in localhost | 127.* | ::1) true ;; *) false ;; esac
}

# True if anything listens there.
port_answers() {
  local host=${1#\[}
  (exec 3<>"/dev/tcp/${host%\]}/$2") 2>/dev/null
}

start_redis_container() {
  say 'starting Redis with Docker Compose (the first time it downloads the image, usually half a minute)'
  REDIS_PORT=$1 REDIS_PASSWORD=$(redis_password) docker compose up --detach --wait redis ||
    die 'Docker Compose could not start Redis.' 'Its output stands above.'
  REDIS_STARTED=docker
}

start_redis_server() {
  local host=$1 port=$2
  if ! has redis-server; then
    install_package redis-server redis-server redis 'half a minute'
    # A package may start a server of its own, on the very port.
    if port_answers 127.0.0.1 "$port"; then
      ENV_FILE_IS_NEW=true
      port=$(port_for_first_use "$host" "$port") || exit 1
    fi
  fi
  say "starting Redis on 127.0.0.1:$port; its data stays in .run/redis"
  mkdir -p "$RUN_DIR/redis"
  chmod 700 "$RUN_DIR"
  write_redis_settings "$port"
  redis-server "$RUN_DIR/redis.conf" || die 'redis-server did not start.' 'See .run/redis.log.'
  REDIS_STARTED=server
  local waited=0 word
  until word=$(probe_redis 127.0.0.1 "$port") && [ "$word" = ready ]; do
    waited=$((waited + 1))
    [ "$waited" -lt 50 ] || die "redis-server does not answer on port $port ($word)." "$(tail -n 3 "$RUN_DIR/redis.log")"
    sleep 0.1
  done
}

# In a file that its owner alone can read, because a command line can be read by every user of the machine.
write_redis_settings() {
  local password
  password=$(redis_password)
  password=${password//\\/\\\\}
  password=${password//\"/\\\"}
  rm -f "$RUN_DIR/redis.conf"
  (
    umask 077
    cat >"$RUN_DIR/redis.conf" <<END
bind 127.0.0.1
port $1
${password:+requirepass "$password"}
daemonize yes
pidfile "$RUN_DIR/redis.pid"
logfile "$RUN_DIR/redis.log"
dir "$RUN_DIR/redis"
appendonly yes
END
  )
}

# Ends the Redis that this run started; its data stays.
stop_redis() {
  case $REDIS_STARTED in
    server)
      our_redis_runs || return 0
      local pid
      pid=$(cat "$RUN_DIR/redis.pid")
      kill "$pid" 2>/dev/null || return 0
      while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
      ;;
    docker) docker compose stop redis >/dev/null 2>&1 || true ;;
  esac
  REDIS_STARTED=
}
