"""What the machine's kernel shows of packets: an nftables log group, and the wire itself."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from wcsdiag.firewall.model import Address

_NETLINK_NETFILTER = 12
_REQUEST_ACK = 0x1 | 0x4
_CONNTRACK_DELETE = (1 << 8) | 2
_LOG_PACKET, _LOG_CONFIG = 4 << 8, (4 << 8) | 1
_GROUP = 4711
_TRACE, _TRACE_GROUP = (10 << 8) | 17, 9
_SOL_NETLINK, _ADD_MEMBERSHIP = 270, 1
_FAMILIES = {1: "inet", 2: "ip", 10: "ip6"}
_ERROR = 2

OBSERVER = f"""
table inet wd_observer {{
    chain enters {{
        type filter hook prerouting priority -2147483648; policy accept;
        meta nftrace set 1 log prefix "enters" queue-threshold 1 group {_GROUP}
    }}
    chain leaves {{
        type filter hook output priority -2147483648; policy accept;
        meta nftrace set 1 log prefix "leaves" queue-threshold 1 group {_GROUP}
    }}
    chain arrived {{
        type filter hook input priority 2147483647; policy accept;
        log prefix "arrived" queue-threshold 1 group {_GROUP}
    }}
}}
"""
"""Before all other chains, and after all of them: it sees every packet, and changes none."""


@dataclass(frozen=True)
class RulePlace:
    """A rule as the kernel names it; without a handle the chain's policy."""

    family: str
    table: str
    chain: str
    handle: int | None


@dataclass(frozen=True)
class Seen:
    """One packet at one point. `body` begins after the IP header."""

    where: str
    source: Address
    destination: Address
    protocol: int
    body: bytes

    @property
    def ports(self) -> tuple[int, int]:
        """Source and destination port of TCP and UDP."""
        first, second = struct.unpack_from("!HH", self.body)
        return first, second


def parse_ip(where: str, data: bytes) -> Seen | None:
    """An IPv4 or IPv6 packet without extension headers; None for anything else."""
    if len(data) >= 20 and data[0] >> 4 == 4:
        start = (data[0] & 15) * 4
        source, destination = ip_address(data[12:16]), ip_address(data[16:20])
        return Seen(where, source, destination, data[9], data[start:])
    if len(data) >= 40 and data[0] >> 4 == 6:
        source, destination = ip_address(data[8:24]), ip_address(data[24:40])
        return Seen(where, source, destination, data[6], data[40:])
    return None


class Log:
    """The observer's packets, in the order in which the kernel saw them."""

    def __init__(self) -> None:
        self._socket = _netlink()
        bind = _attribute(1, struct.pack("!B", 1))
        copy = _attribute(2, struct.pack("!IBB", 0xFFFF, 2, 0))
        now = _attribute(5, struct.pack("!I", 1))
        for attributes in (bind, copy, now):
            _ask(self._socket, _LOG_CONFIG, attributes, _GROUP)
        self._socket.setblocking(False)

    def read(self, wait: float = 0.0) -> list[Seen]:
        """What was seen since the last call; with `wait`, seconds for the first to come."""
        found: list[Seen] = []
        if wait:
            select.select([self._socket], [], [], wait)
        while True:
            try:
                data = self._socket.recv(1 << 17)
            except BlockingIOError:
                return found
            found.extend(_logged(data))


class Departures:
    """What leaves the machine by any interface, after all its rules."""

    def __init__(self) -> None:
        everything = socket.htons(3)
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, everything)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.setblocking(False)

    def read(self) -> list[Seen]:
        """What left since the last call; `where` is the interface."""
        found: list[Seen] = []
        while True:
            try:
                data, address = self._socket.recvfrom(1 << 16)
            except BlockingIOError:
                return found
            seen = parse_ip(str(address[0]), data)
            if seen and address[2] == 4:  # PACKET_OUTGOING
                found.append(seen)


class Trace:
    """The kernel's own account of the rules that a packet went through."""

    def __init__(self) -> None:
        self._socket = _netlink()
        self._socket.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, _TRACE_GROUP)
        self._socket.setblocking(False)

    def dropped_by(self) -> RulePlace | None:
        """The nftables rule that dropped the first packet traced since the last call."""
        first: bytes | None = None
        found: RulePlace | None = None
        while True:
            try:
                data = self._socket.recv(1 << 17)
            except BlockingIOError:
                return found
            for kind, body in _messages(data):
                values = dict(_attributes(body[4:])) if kind == _TRACE else {}
                first = first or values.get(6)
                if values and values.get(6) == first:
                    found = found or _dropping(body[0], values)


class Connections:
    """The conntrack table: emptied, the next packet is the first of its connection."""

    def __init__(self) -> None:
        self._socket = _netlink()

    def forget(self) -> None:
        """Empty the table."""
        _ask(self._socket, _CONNTRACK_DELETE, b"", 0)


def _netlink() -> socket.socket:
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    made.bind((0, 0))
    return made


def _ask(netlink: socket.socket, kind: int, attributes: bytes, resource: int) -> None:
    body = struct.pack("!BBH", 0, 0, resource) + attributes
    netlink.settimeout(5)
    netlink.send(struct.pack("=IHHII", 16 + len(body), kind, _REQUEST_ACK, 1, 0) + body)
    while True:
        for answer, data in _messages(netlink.recv(1 << 17)):
            if answer != _ERROR:
                continue
            (code,) = struct.unpack_from("=i", data)
            if code:
                raise OSError(-code, "the kernel refused a netlink request")
            return


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        yield kind, data[16:length]
        data = data[(length + 3) & ~3 :]


def _logged(data: bytes) -> Iterator[Seen]:
    for kind, body in _messages(data):
        if kind != _LOG_PACKET:
            continue
        values = dict(_attributes(body[4:]))
        seen = parse_ip(values.get(10, b"").rstrip(b"\0").decode(), values.get(9, b""))
        if seen:
            yield seen


def _dropping(family: int, values: dict[int, bytes]) -> RulePlace | None:
    """The place, if this event of a trace is the end of the packet."""
    (kind,) = struct.unpack("!I", values[4])
    verdict = dict(_attributes(values.get(5, b""))).get(1)
    policy = values.get(16) if kind == 1 else verdict
    if policy is None or struct.unpack("!i", policy)[0] != 0:
        return None
    handle = struct.unpack("!Q", values[3])[0] if kind == 3 else None
    table, chain = (values[number].rstrip(b"\0").decode() for number in (1, 2))
    return RulePlace(_FAMILIES.get(family, str(family)), table, chain, handle)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            return
        yield kind & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3 :]
