"""Programs that stand first in the lab host's PATH: its own sockets, names, disk, rules, sudo."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from wcsdiag.lab.rule_shims import ROOT, ip_program, rule_programs
from wcsdiag.lab.scenario import Sudo

_SS = """#!/bin/sh
# The sockets that listen on the lab host, as ss -tln shows them.
heading=yes
for option in "$@"; do
  case $option in --no-header|-*H*) heading= ;; esac
done
[ -z "$heading" ] || echo 'State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process'
cat <<'END'
{sockets}
END
"""

_GETENT = """#!/bin/sh
# The lab host's resolver: it knows the lab's names and nothing else.
database=$1
case $database in hosts|ahosts|ahostsv4|ahostsv6) ;; *) exec {real} "$@" ;; esac
answer() {{
  case $database in
    hosts) printf '%-15s %s\\n' "$1" "$name" ;;
    *) printf '%-15s STREAM %s\\n%-15s DGRAM  \\n%-15s RAW    \\n' "$1" "$name" "$1" "$1" ;;
  esac
}}
v4() {{ [ "$database" = ahostsv6 ] || answer "$1"; }}
v6() {{ [ "$database" = ahostsv4 ] || answer "$1"; }}
shift
status=0
for name in "$@"; do
  case $name in
{cases}
    *[!0-9.]*) case $name in *:*) {real} "$database" "$name" || status=2 ;; *) status=2 ;; esac ;;
    *) {real} "$database" "$name" || status=2 ;;
  esac
done
exit $status
"""

_SUDO_REFUSES = """#!/bin/sh
echo 'sudo: a password is required' >&2
exit 1
"""

_SUDO_ALLOWS = """#!/bin/sh
while :; do
  case $1 in --) shift; break ;; -*) shift ;; *) break ;; esac
done
{only}{root}=yes exec "$@"
"""
# As sudoers does that allows to read the rules and nothing else.
_RULES_ALONE = """case $1 in
  nft|ipset|ip*tables-*save) ;;
  *) echo 'sudo: a password is required' >&2; exit 1 ;;
esac
"""

_DF = """#!/bin/sh
# The lab host's disk.
case " $* " in
  *" -i "*|*" -Pi "*|*" -iP "*)
    echo 'Filesystem     Inodes  IUsed   IFree IUse% Mounted on'
    echo '/dev/lab1     2621440 151832 2469608    6% /' ;;
  *)
    echo 'Filesystem     1024-blocks     Used Available Capacity Mounted on'
    echo '/dev/lab1         41152736 {used} {free}      {share}% /' ;;
esac
"""
_REAL_GETENT = "/usr/bin/getent"


def write_shims(
    folder: Path,
    *,
    sockets: Iterable[tuple[str, int]],
    names: Mapping[str, tuple[str, ...]],
    sudo: Sudo,
    disk_full: bool,
    rules: str,
    public: str,
    unreachable: Iterable[str],
) -> None:
    """Write the programs into `folder`. `sockets` are addresses and ports that listen.

    `rules` is what iptables-save shows root. `public` is the host's address, `unreachable` are
    those that it has no route to.
    """
    folder.mkdir()
    used, free, share = (
        (" 41152736", "        0", 100) if disk_full else (" 9876654", " 31276082", 24)
    )
    scripts = {
        "ss": _SS.format(sockets=_socket_lines(sockets)),
        "getent": _GETENT.format(cases=_name_cases(names), real=_REAL_GETENT),
        "sudo": _sudo(sudo),
        "df": _DF.format(used=used, free=free, share=share),
        "ip": ip_program(public, unreachable),
        **rule_programs(rules, sudo=sudo is not Sudo.NOTHING),
    }
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


def _sudo(allowed: Sudo) -> str:
    if allowed is Sudo.NOTHING:
        return _SUDO_REFUSES
    return _SUDO_ALLOWS.format(only=_RULES_ALONE if allowed is Sudo.RULES else "", root=ROOT)


def _socket_lines(sockets: Iterable[tuple[str, int]]) -> str:
    return "\n".join(
        f"LISTEN 0      128    {f'{address}:{port}':>24} {'0.0.0.0:*':>18}"
        for address, port in sorted(sockets, key=lambda socket: socket[1])
    )


def _name_cases(names: Mapping[str, tuple[str, ...]]) -> str:
    known = {"localhost": ("::1", "127.0.0.1"), **names}
    return "\n".join(
        f"    {shlex.quote(name)}) {'; '.join(map(_call, addresses))} ;;"
        for name, addresses in known.items()
    )


def _call(address: str) -> str:
    return f"{'v6' if ':' in address else 'v4'} {address}"
