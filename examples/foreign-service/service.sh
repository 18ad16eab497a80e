#!/usr/bin/env bash
# A service of another team: says how it is, hears commands, answers them. The rules stand in docs/reference.md.
# Needs bash 4, redis-cli 7, timeout and jq. Each message starts two programs: more than a few in a second are not for a shell.
set -uo pipefail

service=${SERVICE_ID:-letters-shell} instance=shell-$$ report_every=5
state=running sent=0
redis=(redis-cli -e -h "${REDIS_HOST:-127.0.0.1}" -p "${REDIS_PORT:-6379}")
[ -z "${REDIS_USERNAME:-}" ] || redis+=(--user "$REDIS_USERNAME")
# In the environment, because every user of the machine can read command lines.
[ -z "${REDIS_PASSWORD:-}" ] || export REDISCLI_AUTH=$REDIS_PASSWORD

# A channel, what else stands in the message, and the options by which jq knows the values in it: never paste them in.
publish() {
  local channel=$1 more=$2
  shift 2
  timeout 2 "${redis[@]}" PUBLISH "$channel" "$(jq -cn --arg service "$service" --arg instance "$instance" "$@" \
    "{\$service, \$instance, timestamp: (now * 1000 | floor)} + $more")" >/dev/null
}

report() {
  publish "service:$service" '{status: {$state, $sent}, version: "1.0.0", $reportEvery,
    controls: ["trigger", "start", "stop", "restart", "pause", "resume"]}' \
    --arg state "$state" --argjson sent "$sent" --argjson reportEvery $((report_every * 1000))
  publish service:metrics '{metrics: {$sent}}' --argjson sent "$sent"
}

log() { publish service:logs '{$level, $message, fields: {$sent}}' --arg level "$1" --arg message "$2" --argjson sent "$sent"; }

answer() {
  publish service:commands:outcomes '{$id, $outcome} + if $message == "" then {} else {$message} end' \
    --arg id "$1" --arg outcome "$2" --arg message "${3:-}"
}

# A line of what redis-cli says: only jq tells what is a command and whom it is for.
hear() {
  local command id next=running
  # Whoever reports can be commanded: the first report comes with the subscription, and one after each gap.
  [ "$1" != subscribe ] || due=$SECONDS
  [[ $1 == '{'* ]] || return 0
  read -r command id < <(jq -r --arg service "$service" 'select(.service == $service) | "\(.command) \(.id)"' <<<"$1") || return 0
  case $command-$state in
    start-stopped | restart-running | restart-paused | resume-paused) ;;
    trigger-running) sent=$((sent + 1)) ;;
    stop-running | stop-paused) next=stopped ;;
    pause-running) next=paused ;;
    *)
      answer "$id" refused "It cannot $command: it is $state."
      log warn "It cannot $command: it is $state."
      return
      ;;
  esac
  answer "$id" accepted
  state=$next
  report
  log info "It is $state, after: $command."
  answer "$id" succeeded "It is $state; letters sent: $sent."
}

listen() {
  exec 3< <(exec "${redis[@]}" SUBSCRIBE service:commands)
  listener=$!
}

trap 'kill "$listener"' EXIT
trap 'state=stopped; report; exit 0' TERM

listen
heard='' due=$((SECONDS + report_every))
while :; do
  if ((SECONDS >= due)); then
    due=$((SECONDS + report_every))
    if [ "$state" = running ]; then
      sent=$((sent + 1))
      log info 'A letter is out.'
    fi
    report
  fi
  left=$((due - SECONDS))
  ((left > 0)) || continue
  # What came before the time was over is kept: the rest of the line follows.
  read -r -t "$left" piece <&3
  ended=$?
  heard+=$piece
  if ((ended == 0)); then
    hear "$heard"
    heard=''
  elif ((ended <= 128)); then
    # Redis is away, and redis-cli with it.
    sleep 1
    listen
    heard=''
  fi
done
