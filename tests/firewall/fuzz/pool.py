"""The few values that rules and packets share, so that rules match often, and random packets."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from random import Random

from wcsdiag.firewall.model import Address, Network, Packet, Way

NEAR, FAR = "wd0", "wd1"
"""The machine's interfaces: towards the peer, and towards the machines beyond it."""

HOST4 = ("10.9.1.1", "10.9.1.2", "10.9.1.3")
PEER4 = ("10.9.1.11", "10.9.1.12", "10.9.1.13")
HOST6 = ("fd00:9:1::1", "fd00:9:1::2", "fd00:9:1::3")
PEER6 = ("fd00:9:1::11", "fd00:9:1::12", "fd00:9:1::13")
FAR_HOST4, FAR_HOST6 = ("10.9.2.1",), ("fd00:9:2::1",)
BEYOND4 = ("10.9.2.21", "10.9.2.22")
BEYOND6 = ("fd00:9:2::21", "fd00:9:2::22")
LOOPBACK4, LOOPBACK6 = "127.0.0.1", "::1"

NETS4 = ("10.9.1.0/24", "10.9.1.8/29", "10.9.1.12/30", "10.9.0.0/16", "10.9.2.0/24", "10.9.1.2/31")
NETS6 = ("fd00:9:1::/64", "fd00:9:1::10/124", "fd00:9::/32", "fd00:9:2::/64", "fd00:9:1::2/127")
RANGES4 = (("10.9.1.2", "10.9.1.12"), ("10.9.1.12", "10.9.2.21"), ("10.9.1.1", "10.9.1.2"))
RANGES6 = (("fd00:9:1::2", "fd00:9:1::12"), ("fd00:9:1::12", "fd00:9:2::21"))

PORTS = (22, 53, 80, 443, 8080, 8443, 9091, 31000)
SOURCE_PORTS = (31000, 40000, 40001, 50022)
UIDS = (0, 1000, 1001)
MARKS = (0, 1, 2, 3, 0x10, 0x11)

LOCAL: frozenset[Address] = frozenset(
    ip_address(text) for text in (*HOST4, *HOST6, *FAR_HOST4, *FAR_HOST6, LOOPBACK4, LOOPBACK6)
)

ROUTES: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(text), interface)
    for text, interface in (
        ("10.9.1.0/24", NEAR),
        ("10.9.2.0/24", FAR),
        ("fd00:9:1::/64", NEAR),
        ("fd00:9:2::/64", FAR),
    )
)


def addresses(version: int) -> tuple[str, ...]:
    """All addresses of the small network, of one IP version."""
    if version == 4:
        return (*HOST4, *PEER4, *BEYOND4, *FAR_HOST4)
    return (*HOST6, *PEER6, *BEYOND6, *FAR_HOST6)


@dataclass(frozen=True)
class Flow:
    """A packet to be sent for real: the model's packet and the way that it goes."""

    packet: Packet
    way: Way

    def __str__(self) -> str:
        packet = self.packet
        ports = "" if packet.dport is None else f" {packet.sport} -> {packet.dport}"
        more = f" mark {packet.mark:#x} uid {packet.uid} gid {packet.gid}"
        return (
            f"{self.way.value}: {packet.protocol} {packet.source} -> {packet.destination}{ports}"
            f" in {packet.in_interface} out {packet.out_interface}"
            f"{more if self.way is Way.OUT else ''}"
        )


def flows(rng: Random, count: int, ways: tuple[Way, ...], uids: tuple[int, ...]) -> list[Flow]:
    """Different random packets; no two of the same addresses, ports and protocol."""
    found: dict[tuple[object, ...], Flow] = {}
    for _ in range(count * 4):
        if len(found) == count:
            break
        flow = _flow(rng, rng.choice(ways), uids)
        packet = flow.packet
        ports = (packet.sport, packet.dport)
        key = (packet.source, packet.destination, packet.protocol, *ports, flow.way)
        found.setdefault(key, flow)
    return list(found.values())


def _flow(rng: Random, way: Way, uids: tuple[int, ...]) -> Flow:
    version = rng.choice((4, 4, 6))
    source, destination = _ends(rng, way, version)
    protocol = rng.choice(("tcp", "tcp", "tcp", "udp", "udp", "icmp"))
    if protocol == "icmp" and version == 6:
        protocol = "ipv6-icmp"
    ports = protocol in {"tcp", "udp"}
    own = way is Way.OUT
    return Flow(
        Packet(
            source=source,
            destination=destination,
            protocol=protocol,
            sport=rng.choice((*SOURCE_PORTS, rng.randint(20000, 60000))) if ports else None,
            dport=rng.choice((*PORTS, *PORTS, rng.randint(1, 65535))) if ports else None,
            in_interface=None if own else NEAR,
            out_interface=None if way is Way.IN else _interface(destination),
            uid=rng.choice(uids) if own else None,
            gid=rng.choice(uids) if own else None,
            mark=rng.choice((0, 0, *MARKS)) if own else 0,
            local=LOCAL,
            routes=ROUTES,
        ),
        way,
    )


def _ends(rng: Random, way: Way, version: int) -> tuple[Address, Address]:
    four = version == 4
    host, peer = (HOST4, PEER4) if four else (HOST6, PEER6)
    beyond, far_host = (BEYOND4, FAR_HOST4) if four else (BEYOND6, FAR_HOST6)
    if way is Way.OUT:
        targets = rng.choice((peer, peer, peer, beyond, host))
        return ip_address(rng.choice(host)), ip_address(rng.choice(targets))
    if way is Way.IN:
        return ip_address(rng.choice(peer)), ip_address(rng.choice((*host, *far_host)))
    return ip_address(rng.choice(peer)), ip_address(rng.choice(beyond))


def _interface(destination: IPv4Address | IPv6Address) -> str:
    if destination in LOCAL:
        return "lo"
    return FAR if str(destination) in {*BEYOND4, *BEYOND6} else NEAR
