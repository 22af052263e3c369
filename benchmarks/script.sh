#!/usr/bin/env bash
# The main questions of `wcsdiag all` as an operator's script asks them, one after another: with
# ssh, curl and grep. It ends with 0 where everything is as it should be, else with 1.
#
#   HOST, HOME_OF_WCS     an alias of ssh_config; where WCS is on the host
#   SSH_CONFIG            the file that ssh reads
#   CLI_PASSWORD          of the user admin of the WCS CLI, on the host's port 2001
#   CONTROL               a folder for the sockets of shared SSH connections; empty: none is shared
#
# `script.sh --version` and `script.sh checks` say what it is made of.
set -u

ask() { echo "- $1"; } # names a question; `checks` lists these lines

case ${1-} in
--version)
  ssh -V 2>&1 && curl --version | head -n 1 && grep --version | head -n 1
  exit
  ;;
checks)
  sed -n "s/^ask '\(.*\)'$/\1/p" "$0"
  exit
  ;;
esac

failures=0
fail() {
  failures=$((failures + 1))
  echo "  FAILED: $1" >&2
}

shared=()
if [ -n "${CONTROL-}" ]; then
  shared=(-o ControlMaster=auto -o ControlPersist=20 -o "ControlPath=$CONTROL/%C")
fi
on_host() { ssh -F "$SSH_CONFIG" -o BatchMode=yes "${shared[@]}" "$HOST" "$1"; }
cli() {
  ssh -F "$SSH_CONFIG" "${shared[@]}" -p 2001 -o LogLevel=ERROR \
    -o ProxyCommand="ssh -F $SSH_CONFIG ${shared[*]//%/%%} -W 127.0.0.1:2001 $HOST" \
    -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no \
    admin@127.0.0.1 "$1"
}
leave() {
  if [ -n "${CONTROL-}" ]; then
    for socket in "$CONTROL"/*; do
      [ -S "$socket" ] && ssh -O exit -o ControlPath="$socket" any 2>/dev/null
    done
  fi
  rm -rf "$work"
}
setting() { sed -n "s/^$1=//p" <<<"$settings" | head -n 1; }
is_open() { timeout 3 bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null; }

work=$(mktemp -d)
trap leave EXIT
printf '#!/bin/sh\nprintf "%%s\\n" "$CLI_PASSWORD"\n' >"$work/askpass"
chmod 700 "$work/askpass"
export CLI_PASSWORD SSH_ASKPASS="$work/askpass" SSH_ASKPASS_REQUIRE=force

ask 'SSH to the host works'
on_host true || fail 'no SSH'

ask 'WCS is found, and its version'
on_host "cat $HOME_OF_WCS/conf/WCS.version" | grep -q '^5\.[1-9]' || fail 'no version'

ask 'the process runs'
pid=$(on_host "cat $HOME_OF_WCS/bin/FlashphonerMainWebCallServer.pid")
on_host "tr '\\0' ' ' </proc/$pid/cmdline" | grep -q com.flashphoner.server.Server ||
  fail 'no process'

ask 'open files are far from the limit'
files=$(on_host "ls /proc/$pid/fd | wc -l; grep '^Max open files' /proc/$pid/limits")
awk 'NR == 1 { open = $1 } NR == 2 && open < $4 * 0.8 { fine = 1 } END { exit !fine }' \
  <<<"$files" || fail "open files: $files"

ask 'the disk has room'
on_host "df -P -k $HOME_OF_WCS/logs" | awk 'END { exit !($4 > 1000000) }' || fail 'disk full'

ask 'memory is left'
on_host 'cat /proc/meminfo' | awk '/^MemAvailable/ { exit !($2 > 100000) }' || fail 'no memory'

ask 'the clocks agree'
ahead=$(($(on_host 'date +%s') - $(date +%s)))
[ "${ahead#-}" -le 5 ] || fail "the host's clock is $ahead s ahead"

ask 'the settings can be read, and are older than the process'
settings=$(on_host "cat $HOME_OF_WCS/conf/flashphoner.properties $HOME_OF_WCS/conf/wcs-core.properties")
[ -n "$settings" ] || fail 'no settings'
newer=$(on_host "find $HOME_OF_WCS/conf -name '*.properties' -newer /proc/$pid")
[ -z "$newer" ] || fail "changed since the start: $newer"

ask 'hooks are not switched off, and their timeout is sane'
[ "$(setting disable_rest_requests)" != true ] || fail 'disable_rest_requests'
limit=$(setting rest_request_timeout)
{ [ "${limit:-15}" -ge 1 ] && [ "${limit:-15}" -le 15 ]; } || fail "rest_request_timeout=$limit"
! grep -qE '^-Dhttps?\.proxyHost' <<<"$settings" || fail 'a proxy of the JVM'

ask 'the ports listen'
sockets=$(on_host 'ss -H -tln')
for port in 8080 8443 8081 8444; do
  grep -q ":$port " <<<"$sockets" || fail "nothing listens on $port"
done

ask 'client ports are reachable from here, private ports are not'
address=$(ssh -T -F "$SSH_CONFIG" -G "$HOST" | awk '$1 == "hostname" { print $2 }')
for port in 8080 8443 8081 8444 8082 8445 1935; do
  is_open "$address" "$port" || fail "port $port is closed"
done
for port in 2001 2002 50999 7777; do
  ! is_open "$address" "$port" || fail "port $port is open to everybody"
done

ask 'the CLI lets us in and has an app'
apps=$(cli 'show apps -d') || fail 'no CLI'
url=$(grep -oE 'https?://[^ |]+' <<<"$apps" | head -n 1)
app=$(grep -F "$url" <<<"$apps" | tr -d ' ' | cut -d '|' -f 2)
[ -n "$url" ] && [ -n "$app" ] || fail 'no app with a REST URL'

ask 'the app has its REST methods'
methods=$(cli "show app-rest-methods $app")
for method in connect call sendMessage publishStream playStream ConnectionStatusEvent; do
  grep -qw "$method" <<<"$methods" || fail "$app lacks $method"
done

ask 'database.yml agrees with the CLI'
on_host "cat $HOME_OF_WCS/conf/database.yml" | grep -qF "$url" || fail 'another REST URL'

ask 'the REST URL is not the EchoApp'
[[ $url != */EchoApp* ]] || fail "$url"

ask 'the name of the web server resolves on the host'
place=${url#*://} place=${place%%/*}
on_host "getent ahostsv4 ${place%:*}" | grep -q STREAM || fail "no address for ${place%:*}"

hook="{\"nodeId\":\"probe@example.invalid\",\"appKey\":\"$app\",\"sessionId\":\"probe\",\"mediaProviders\":[\"WebRTC\"]}"
post="curl -sS -i --noproxy '*' -m ${limit:-15} -H 'Content-Type: application/json' -d '$hook' $url/connect"
judge() { # judge ANSWER VANTAGE
  grep -qE '^HTTP/[0-9.]+ 200' <<<"$1" || fail "$2: not 200: ${1%%$'\r'*}"
  grep -qiE '^content-type: application/json' <<<"$1" || fail "$2: not application/json"
  grep -q '"sessionId" *: *"probe"' <<<"$1" || fail "$2: the fields do not come back"
}

ask 'connect is answered to the host'
judge "$(on_host "$post")" host

ask 'connect is answered to the operator'
judge "$(bash -c "$post")" operator

ask 'the log is there and fresh'
log=$HOME_OF_WCS/logs/server_logs/flashphoner.log
on_host "find $log -mmin -60" | grep -q . || fail 'no fresh log'

ask 'no error in the last hour of the log'
since=$(on_host "date -d '1 hour ago' +%H:%M:%S")
errors=$(on_host "tail -n 100000 $log" |
  awk -v since="$since" '/^[0-9:]+,[0-9]+ / && $1 >= since' | grep -cE ' (ERROR|FATAL) ')
[ "$errors" -eq 0 ] || fail "$errors errors in the log"

ask 'no crash of the JVM'
[ -z "$(on_host "find $HOME_OF_WCS/logs -maxdepth 1 -name 'error*.log' -mmin -60")" ] ||
  fail 'a crash report'

[ "$failures" -eq 0 ] && echo 'all is fine' || exit 1
