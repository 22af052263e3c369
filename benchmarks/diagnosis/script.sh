#!/bin/sh
# What a careful script of nmap, nc, curl and ssh tells about hooks that do not flow. It is given
# the REST URL, which wcsdiag finds out. One word on stdout; what it rests on, on stderr.
#
#   URL     the REST URL            HOST  the host's address
#   SSH     the ssh command that reaches the host, with its options
#   SOCKS   a free port: take the host's vantage by `ssh -D`, not by curl on the host
#   LOGIN   user:password of the web server, or empty
set -u

say() {
    echo "$1"
    exit 0
}

explain_ssh() {
    case $1 in
    *"timed out"*) say ssh-timed-out ;;
    *refused*) say ssh-refused ;;
    *"Permission denied"*) say ssh-denied ;;
    *) say ssh-failed ;;
    esac
}

# $1: curl's exit code, $2: its output, the answer first and one line of numbers last
explain_curl() {
    numbers=$(printf '%s\n' "$2" | tail -n 1)
    words="$2 $(cat "$notes")"
    echo "curl: $1 $words" >&2
    case $1 in
    0)
        explain_answer "$2" "$numbers"
        return
        ;;
    3) say url-malformed ;;
    6) say name-not-found ;;
    28) case $words in
        *"Operation timed out"*"bytes received"*) say slow ;;
        *) explain_silence ;;
        esac ;;
    35) say tls-failed ;;
    60) case $words in
        *expired*) say tls-expired ;;
        *"subject name"* | *"subjectAltName"*) say tls-wrong-name ;;
        *) say tls-untrusted ;;
        esac ;;
    52 | 56) say empty-reply ;;
    1 | 8) say not-http ;;
    7) words=$($SSH nc -zv -w 3 "$name" "$port" 2>&1 </dev/null) ;;
    esac
    echo "$words" >&2
    case $words in
    *"resolve host"* | *"Name or service"*) say name-not-found ;;
    *refused*) say refused ;;
    *"No route"*) say no-route ;;
    *"Network is unreachable"*) say no-network ;;
    esac
    say failed
}

explain_silence() {
    if nc -z -w 2 "$name" "$port" 2>/dev/null; then
        say dropped-for-the-host
    fi
    say dropped
}

# $1: the answer and its numbers, $2: the numbers: status and content type
explain_answer() {
    status=${2%% *}
    [ "$status" = 200 ] || say "http-$status"
    case $2 in
    *json*) ;;
    *html*) say not-json ;;
    *) say wrong-type ;;
    esac
    body=$(printf '%s\n' "$1" | sed '$d')
    case $body in
    "{"*"}") ;;
    *) say not-json ;;
    esac
    case $body in
    *sessionId*) ;;
    *) say fields-lost ;;
    esac
}

place=${URL#*://}
place=${place%%/*}
name=${place%:*}
port=${place##*:}
notes=$(mktemp)
tunnel=
trap '[ -z "$tunnel" ] || kill "$tunnel"; rm -f "$notes"' EXIT

refused=$($SSH true 2>&1 </dev/null) || explain_ssh "$refused"

scanned=$(nmap -Pn -n -sT --host-timeout 10s --max-retries 1 -oG - \
    -p 8080,8081,8443,8444,2000,2001,1099,50999 "$HOST")
printf '%s\n' "$scanned" >&2
case $scanned in
*8443/filtered*) say wcs-filtered ;;
*8443/closed*) say wcs-closed ;;
esac

body='{"appKey":"defaultApp","sessionId":"script"}'
numbers='\n%{http_code} %{content_type}'
if [ -n "${SOCKS:-}" ]; then
    $SSH -N -D "127.0.0.1:$SOCKS" 2>"$notes" </dev/null &
    tunnel=$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        nc -z 127.0.0.1 "$SOCKS" && break
        sleep 0.1
    done
    answer=$(curl -sS -m 6 --connect-timeout 3 --socks5-hostname "127.0.0.1:$SOCKS" \
        ${LOGIN:+-u "$LOGIN"} -H 'Content-Type: application/json' -d "$body" -w "$numbers" \
        "$URL/connect" 2>>"$notes")
else
    answer=$($SSH "curl -sS -m 6 --connect-timeout 3 -H 'Content-Type: application/json' \
        -d '$body' -w '$numbers' '$URL/connect'" 2>"$notes" </dev/null)
fi
code=$?
explain_curl $code "$answer"

case $scanned in
*2001/open* | *2000/open* | *1099/open* | *50999/open*) say private-open ;;
esac
say ok
