"""Sends a packet for real, and says what the kernel did with it."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tests.firewall.fuzz.namespace import Namespaces
from tests.firewall.fuzz.pool import HOST4, PEER4, Flow
from tests.firewall.fuzz.wire import Connections, Departures, Log, RulePlace, Seen, Trace, parse_ip
from wcsdiag.firewall.model import Address, Fate, Packet, Reject, Way

_LIBC = ctypes.CDLL(None, use_errno=True)
_NUMBERS = {"tcp": 6, "udp": 17, "icmp": 1, "ipv6-icmp": 58}
_SENTINEL = b"wd-sentinel"
_KINDS4 = {
    0: Reject.NET_UNREACHABLE,
    1: Reject.HOST_UNREACHABLE,
    2: Reject.PROTO_UNREACHABLE,
    3: Reject.PORT_UNREACHABLE,
    9: Reject.NET_PROHIBITED,
    10: Reject.HOST_PROHIBITED,
    13: Reject.ADMIN_PROHIBITED,
}
_KINDS6 = {
    0: Reject.NO_ROUTE,
    1: Reject.ADMIN_PROHIBITED,
    3: Reject.HOST_UNREACHABLE,
    4: Reject.PORT_UNREACHABLE,
}


@dataclass(frozen=True)
class Observation:
    """The fate of a packet, as seen; where it was accepted, how it looked after its last rule."""

    fate: Fate
    reject: Reject | None = None
    source: Address | None = None
    destination: Address | None = None
    dport: int | None = None
    device: str | None = None
    by: RulePlace | None = None

    def __str__(self) -> str:
        if self.fate is Fate.ACCEPTED:
            return f"accepted, {self.source} -> {self.destination} port {self.dport} {self.device}"
        kind = f", {self.reject.value}" if self.reject else ""
        return f"{self.fate.value}{kind} by {self.by}"


class NotSent(Exception):  # noqa: N818 - an outcome, not a fault
    """The packet did not come as far as the first hook; nothing was learned."""


class Judge:
    """One machine with rules, and its peer. Rules are loaded by others."""

    def __init__(self, names: Namespaces) -> None:
        self._names = names
        self._log, self._departures, self._connections = Log(), Departures(), Connections()
        self._trace = Trace()
        with names.in_peer():
            self._sentinel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sentinel.bind((PEER4[0], 0))
        self._count = 0

    def observe(self, flow: Flow) -> Observation:
        """Send the packet; raises NotSent."""
        self._connections.forget()
        self._log.read()
        self._departures.read()
        self._trace.dropped_by()
        self._count += 1
        mark = struct.pack("!HHI", 0x5744, self._count & 0xFFFF, self._count)
        error = self._send(flow, mark)
        logged = self._log.read() if flow.way is Way.OUT else self._until_sentinel()
        token = _token(flow, logged)
        if token is None:
            raise NotSent(f"{flow}: {error}")
        found = _judgement(flow.way, token, logged, self._departures.read())
        by = None if found.fate is Fate.ACCEPTED else self._trace.dropped_by()
        return replace(found, by=by)

    def _until_sentinel(self) -> list[Seen]:
        """All that was logged until a packet sent after ours had come to the first hook."""
        self._sentinel.sendto(_SENTINEL, (HOST4[0], 9))
        found: list[Seen] = []
        while not any(seen.body[8:] == _SENTINEL for seen in found):
            more = self._log.read(wait=5.0)
            if not more:
                raise RuntimeError("the sentinel packet did not come through in 5 s")
            found.extend(more)
        return found

    def _send(self, flow: Flow, mark: bytes) -> OSError | None:
        packet = flow.packet
        with self._socket(flow) as made:
            try:
                if packet.protocol == "tcp":
                    made.connect((str(packet.destination), packet.dport))
                else:
                    made.sendto(
                        _payload(packet, mark), (str(packet.destination), packet.dport or 0)
                    )
            except OSError as error:
                return error
        return None

    @contextmanager
    def _socket(self, flow: Flow) -> Iterator[socket.socket]:
        packet = flow.packet
        if flow.way is Way.OUT:
            with _as_user(packet.uid or 0, packet.gid or 0):
                made = _new_socket(packet)
        else:
            with self._names.in_peer():
                made = _new_socket(packet)
        with made:
            made.setblocking(False)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if packet.mark:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, packet.mark)
            made.bind((str(packet.source), packet.sport or 0))
            yield made


@contextmanager
def _as_user(uid: int, gid: int) -> Iterator[None]:
    """A socket belongs to the user whose file system id the process has when it is made."""
    _LIBC.setfsgid(gid)
    _LIBC.setfsuid(uid)
    try:
        yield
    finally:
        _LIBC.setfsuid(os.geteuid())
        _LIBC.setfsgid(os.getegid())


def _new_socket(packet: Packet) -> socket.socket:
    family = socket.AF_INET if packet.source.version == 4 else socket.AF_INET6
    if packet.protocol == "tcp":
        return socket.socket(family, socket.SOCK_STREAM)
    if packet.protocol == "udp":
        return socket.socket(family, socket.SOCK_DGRAM)
    return socket.socket(family, socket.SOCK_RAW, _NUMBERS[packet.protocol])


def _payload(packet: Packet, mark: bytes) -> bytes:
    if packet.protocol == "udp":
        return mark
    kind = 8 if packet.protocol == "icmp" else 128
    echo = bytes((kind, 0, 0, 0)) + mark
    words = sum(struct.unpack(f"!{len(echo) // 2}H", echo))
    words = (words & 0xFFFF) + (words >> 16)
    return echo[:2] + struct.pack("!H", ~(words + (words >> 16)) & 0xFFFF) + mark


@dataclass(frozen=True)
class _Token:
    """What is the same in a packet however its addresses and ports are translated."""

    protocol: int
    value: bytes

    def is_in(self, seen: Seen) -> bool:
        return seen.protocol == self.protocol and _mark_of(seen) == self.value


def _mark_of(seen: Seen) -> bytes:
    """TCP: the sequence number of a SYN. Otherwise the payload that we chose."""
    if seen.protocol == 6:
        syn_alone = len(seen.body) > 13 and seen.body[13] & 0x12 == 0x02
        return seen.body[4:8] if syn_alone else b""
    if seen.protocol == 17:
        return seen.body[8:16]
    return seen.body[4:12]


def _token(flow: Flow, logged: list[Seen]) -> _Token | None:
    packet = flow.packet
    for seen in logged:
        if seen.where != ("leaves" if flow.way is Way.OUT else "enters"):
            continue
        ends = (seen.source, seen.destination, seen.protocol)
        if ends != (packet.source, packet.destination, _NUMBERS[packet.protocol]):
            continue
        if packet.dport is None or seen.ports == (packet.sport, packet.dport):
            return _Token(seen.protocol, _mark_of(seen))
    return None


def _judgement(way: Way, token: _Token, logged: list[Seen], left: list[Seen]) -> Observation:
    arrived = [seen for seen in logged if seen.where == "arrived"]
    for seen in left if way is Way.OUT else [*arrived, *left]:
        if token.is_in(seen):
            dport = seen.ports[1] if seen.protocol in {6, 17} else None
            return Observation(
                Fate.ACCEPTED, None, seen.source, seen.destination, dport, seen.where
            )
    for seen in logged:
        kind = _refusal(token, seen) if seen.where == "leaves" else None
        if kind is not None:
            return Observation(Fate.REJECTED, kind)
    return Observation(Fate.DROPPED)


def _refusal(token: _Token, seen: Seen) -> Reject | None:
    """How this packet refuses ours, if it does."""
    body = seen.body
    if seen.protocol == 6:
        reset = len(body) > 13 and body[13] & 0x04
        (ours,) = struct.unpack("!I", token.value) if token.protocol == 6 else (0,)
        acknowledged = struct.pack("!I", (ours + 1) & 0xFFFFFFFF)
        return Reject.TCP_RESET if reset and body[8:12] == acknowledged else None
    kinds = {(1, 3): _KINDS4, (58, 1): _KINDS6}.get((seen.protocol, body[0]))
    inner = parse_ip("inner", body[8:]) if kinds is not None else None
    if kinds is None or inner is None:
        return None
    return kinds.get(body[1], Reject.OTHER) if _quotes(token, inner) else None


def _quotes(token: _Token, inner: Seen) -> bool:
    if token.protocol != 6 or inner.protocol != 6:
        return token.is_in(inner)
    return inner.body[4:8] == token.value
