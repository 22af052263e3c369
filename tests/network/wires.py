"""The wires: each machine on a network of its own, and a router between them, IPv4 and IPv6.

operator 192.0.2.2 ----- router ----- host 198.51.100.2
                           |
                 web server 203.0.113.2
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.network.namespaces import Machine, ip_batch

INTERFACE = "eth0"
"""The one interface of operator, host and web server. The router's have the machines' roles."""


@dataclass(frozen=True)
class Wire:
    """The network of one machine; the router has `.1` and `::1` in it."""

    ipv4: str
    ipv6: str

    @property
    def address(self) -> str:
        """The machine's IPv4 address."""
        return f"{self.ipv4}.2"

    @property
    def address6(self) -> str:
        """The machine's IPv6 address."""
        return f"{self.ipv6}::2"


OPERATOR = Wire("192.0.2", "2001:db8:1")
HOST = Wire("198.51.100", "2001:db8:2")
WEB_SERVER = Wire("203.0.113", "2001:db8:3")

_SYSCTLS = (
    # Many probes of rejected ports at once would meet the kernel's limit of ICMP answers.
    ("ipv4/icmp_ratelimit", "0"),
    ("ipv6/icmp/ratelimit", "0"),
)
_ROUTER_SYSCTLS = (("ipv4/ip_forward", "1"), ("ipv6/conf/all/forwarding", "1"))


def connect(router: Machine, ends: Sequence[tuple[Machine, Wire]]) -> None:
    """Wire the machines to the router, with addresses and routes."""
    ip_batch(
        "\n".join(
            f"link add {INTERFACE} netns {machine.namespace} type veth"
            f" peer name {machine.role} netns {router.namespace}"
            for machine, _ in ends
        )
    )
    _set(router, (*_SYSCTLS, *_ROUTER_SYSCTLS))
    lines = ["link set lo up"]
    for machine, wire in ends:
        lines += _up(machine.role, f"{wire.ipv4}.1", f"{wire.ipv6}::1")
    ip_batch("\n".join(lines), router)
    for machine, wire in ends:
        _set(machine, _SYSCTLS)
        lines = ["link set lo up", *_up(INTERFACE, wire.address, wire.address6)]
        lines += [f"route add default via {wire.ipv4}.1", f"route add default via {wire.ipv6}::1"]
        ip_batch("\n".join(lines), machine)


def _up(interface: str, ipv4: str, ipv6: str) -> list[str]:
    return [
        f"address add {ipv4}/24 dev {interface}",
        # Without detection of duplicates the address can be used at once.
        f"address add {ipv6}/64 dev {interface} nodad",
        f"link set {interface} up",
    ]


def _set(machine: Machine, values: Sequence[tuple[str, str]]) -> None:
    with machine.inside():
        for name, value in values:
            Path("/proc/sys/net", name).write_text(value)
