"""Programs of the lab host that show rules and routes: its own, never those of this machine."""

from __future__ import annotations

from collections.abc import Iterable

ROOT = "WCSDIAG_LAB_ROOT"
"""The variable by which the lab's sudo tells these programs that they run as root."""

# Without sudo they refuse, as the real ones do, even where the lab cannot become another user.
_PROGRAM = """#!/bin/sh
# The lab host's own rules.
if [ -z "${root}" ]{unless}; then
  echo '{refusal}' >&2
  exit {status}
fi
cat <<'END'
{rules}END
"""
_NFT_REFUSES = (
    "Operation not permitted (you must be root)\n"
    "netlink: Error: cache initialization failed: Operation not permitted"
)
_SAVE_REFUSES = (
    "{name} v1.8.9 (nf_tables): Could not fetch rule set generation id:"
    " Permission denied (you must be root)"
)
_LEGACY_REFUSES = "Failed to list table names in /proc/net/{family}_tables_names: Permission denied"
_IPSET_REFUSES = "ipset v7.17: Kernel error received: Operation not permitted"
_UNLESS_ROOT = ' && [ "$(id -u)" != 0 ]'
_NO_NATIVE_RULES = (
    '{"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5",'
    ' "json_schema_version": 1}}]}\n'
)
_IP = """#!/bin/sh
# The lab host's addresses and routes: one interface, IPv4 alone.
case " $* " in
  *" addr show "*)
    echo '1: lo    inet 127.0.0.1/8 scope host lo'
    echo '2: eth0    inet {public}/24 scope global eth0' ;;
  *" -6 "*route\\ show*) ;;
  *" route show "*) echo 'default via {gateway} dev eth0' ;;
  *" route get "*)
    for address in "$@"; do :; done
    case $address in
      {unreachable})
        echo 'RTNETLINK answers: Network is unreachable' >&2
        exit 2 ;;
      127.0.0.1|{public})
        printf '[{{"type":"local","dst":"%s","dev":"lo","prefsrc":"%s"}}]\\n' \\
          "$address" "$address" ;;
      *)
        printf '[{{"dst":"%s","gateway":"%s","dev":"eth0","prefsrc":"%s"}}]\\n' \\
          "$address" '{gateway}' '{public}' ;;
    esac ;;
  *) exit 1 ;;
esac
"""


def rule_programs(rules: str, *, sudo: bool) -> dict[str, str]:
    """The programs that show rules. `rules` is what iptables-save shows root; the rest is empty.

    With `sudo` they show it to a lab that runs as root itself, too.
    """
    unless = _UNLESS_ROOT if sudo else ""
    programs = {
        "nft": _program(unless, _NFT_REFUSES, 1, _NO_NATIVE_RULES),
        "ipset": _program(unless, _IPSET_REFUSES, 1),
    }
    for family in ("ip", "ip6"):
        save = f"{family}tables-save"
        shown = rules if family == "ip" else ""
        current = _program(unless, _SAVE_REFUSES.format(name=save), 4, shown)
        legacy = _program(unless, _LEGACY_REFUSES.format(family=family), 1)
        programs |= {
            save: current,
            f"{family}tables-nft-save": current,
            f"{family}tables-legacy-save": legacy,
        }
    return programs


def ip_program(public: str, unreachable: Iterable[str]) -> str:
    """`ip`, for the host's address, and for addresses that it has no route to."""
    gateway = f"{public.rpartition('.')[0]}.1"
    nowhere = "|".join(("*:*", *unreachable))
    return _IP.format(public=public, gateway=gateway, unreachable=nowhere)


def _program(unless: str, refusal: str, status: int, shown: str = "") -> str:
    return _PROGRAM.format(root=ROOT, unless=unless, refusal=refusal, status=status, rules=shown)
