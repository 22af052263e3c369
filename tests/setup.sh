#!/bin/sh
# The programs that tests talk to. As root on Debian they are installed; otherwise the tests that
# need them are skipped with the reason (with CI=true: fail).
set -eu

missing=""
[ -x /usr/sbin/sshd ] || missing="$missing openssh-server"
[ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
command -v ssh >/dev/null || missing="$missing openssh-client"
command -v curl >/dev/null || missing="$missing curl"
command -v nc >/dev/null || missing="$missing netcat-openbsd"
command -v ss >/dev/null && [ -x "$(command -v ip || echo /sbin/ip)" ] || missing="$missing iproute2"
for tool in nft:nftables iptables-nft-restore:iptables ipset:ipset ufw:ufw \
    unshare:util-linux tcpdump:tcpdump chromium:chromium; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${tool%%:*}" >/dev/null || missing="$missing ${tool##*:}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "not installed, so some tests will be skipped:$missing" >&2
    exit 0
fi
# A policy of 101 keeps the packages' services from being started: the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list of package names
apt-get install -qq -y --no-install-recommends $missing >/dev/null
