"""Two private network namespaces: the machine that has the rules, and its peer.

The machine has two interfaces: `wd0` leads to the peer, `wd1` to machines beyond that exist only
as neighbour entries. Everything vanishes with the process.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.firewall.fuzz import pool

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)
_HOST_MAC, _PEER_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
_FAR_MAC, _BEYOND_MAC = "02:00:00:00:00:03", "02:00:00:00:00:04"
_SYSCTLS = {
    "net/ipv4/icmp_ratemask": "0",
    "net/ipv6/icmp/ratelimit": "0",
    "net/ipv4/ip_forward": "1",
    "net/ipv6/conf/all/forwarding": "1",
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/ipv4/conf/all/send_redirects": "0",
    "net/ipv4/conf/default/send_redirects": "0",
}
# The peer answers nothing: what happens on the machine is then ours alone.
_SILENT_PEER = (
    "table inet silent { chain i { type filter hook input priority -300; policy drop; }; }"
)


@dataclass(frozen=True)
class Namespaces:
    """Open files of the two namespaces. The process itself is in the machine's."""

    host: int
    peer: int

    @contextmanager
    def in_peer(self) -> Iterator[None]:
        """Sockets made in here belong to the peer, for as long as they live."""
        enter(self.peer)
        try:
            yield
        finally:
            enter(self.host)


def enter(namespace: int) -> None:
    """Move this thread into a network namespace."""
    _checked(_LIBC.setns(namespace, _CLONE_NEWNET))


def build() -> Namespaces:
    """Leave the process's network namespace for good, and build the two."""
    # One CPU: packets of one sender are then worked on in the order in which they were sent.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    peer = _new()
    host = _new()
    for name, value in _SYSCTLS.items():
        Path("/proc/sys", name).write_text(value)
    _ip(_host_commands(f"/proc/{os.getpid()}/fd/{peer}"))
    names = Namespaces(host, peer)
    with names.in_peer():
        _ip(_peer_commands())
        subprocess.run(["nft", "-f", "-"], input=_SILENT_PEER, text=True, check=True)
    return names


def _new() -> int:
    _checked(_LIBC.unshare(_CLONE_NEWNET))
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _ip(commands: list[str]) -> None:
    text = "\n".join(commands) + "\n"
    subprocess.run(["ip", "-batch", "-"], input=text, text=True, check=True)


def _host_commands(peer: str) -> list[str]:
    return [
        "link set lo up",
        f"link add {pool.NEAR} address {_HOST_MAC} type veth peer name p0 address {_PEER_MAC}",
        f"link add {pool.FAR} address {_FAR_MAC} type veth peer name p1 address {_BEYOND_MAC}",
        f"link set p0 netns {peer}",
        f"link set p1 netns {peer}",
        *_up(pool.NEAR, (*pool.HOST4, *pool.HOST6)),
        *_up(pool.FAR, (*pool.FAR_HOST4, *pool.FAR_HOST6)),
        *_neighbours(pool.NEAR, _PEER_MAC, (*pool.PEER4, *pool.PEER6)),
        *_neighbours(pool.FAR, _BEYOND_MAC, (*pool.BEYOND4, *pool.BEYOND6)),
    ]


def _peer_commands() -> list[str]:
    own = (*pool.PEER4, *pool.PEER6)
    return [
        "link set lo up",
        *_up("p0", own),
        "link set p1 addrgenmode none",
        "link set p1 up",
        *_neighbours("p0", _HOST_MAC, (*pool.HOST4, *pool.HOST6)),
        f"route add 10.9.2.0/24 via {pool.HOST4[0]}",
        f"route add fd00:9:2::/64 via {pool.HOST6[0]}",
    ]


def _up(device: str, own: tuple[str, ...]) -> list[str]:
    masks = [f"{address}/{64 if ':' in address else 24}" for address in own]
    return [
        f"link set {device} addrgenmode none",
        f"link set {device} up",
        *(f"address add {mask} dev {device}{' nodad' * (':' in mask)}" for mask in masks),
    ]


def _neighbours(device: str, mac: str, others: tuple[str, ...]) -> list[str]:
    return [
        f"neighbour replace {other} lladdr {mac} dev {device} nud permanent" for other in others
    ]
