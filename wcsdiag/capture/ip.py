"""IPv4 and IPv6: headers, extension headers and fragments (RFC 791, RFC 8200)."""

from __future__ import annotations

import struct
from typing import NamedTuple

TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58

_FRAGMENT_HEADER = 44
_EXTENSIONS = frozenset((0, 43, 51, 60, 135, 139, 140))
_AUTHENTICATION = 51
_MOST_EXTENSIONS = 16
_MOST_DATAGRAMS = 256
_MOST_FRAGMENTS = 128
_LARGEST = 65_535
_FRAGMENT_LIFE_NS = 60 * 1_000_000_000


class IpPacket(NamedTuple):
    """What IP carried: `buffer[start:end]` was caught of what reached to `wire_end`.

    Addresses are 4 or 16 bytes.
    """

    protocol: int
    source: bytes
    target: bytes
    buffer: bytes
    start: int
    end: int
    wire_end: int


class _Fragment(NamedTuple):
    packet: IpPacket
    name: bytes
    offset: int
    more: bool


def parse_ip(buffer: bytes, start: int, end: int) -> IpPacket | _Fragment | None:
    """The packet at `start`; None where it is not IP, or too little of it was caught."""
    if start >= end:
        return None
    version = buffer[start] >> 4
    if version == 4:
        return _parse4(buffer, start, end)
    return _parse6(buffer, start, end) if version == 6 else None


def _parse4(buffer: bytes, start: int, end: int) -> IpPacket | _Fragment | None:
    head = (buffer[start] & 0x0F) * 4
    if head < 20 or start + head > end:
        return None
    total, name, flags, protocol, source, target = struct.unpack_from(
        "!2xH2sHxB2x4s4s", buffer, start
    )
    # Zero where the network card cuts segments: the length is not known when it is captured.
    wire_end = start + total if total else end
    if wire_end < start + head:
        return None
    stop = min(end, wire_end)
    packet = IpPacket(protocol, source, target, buffer, start + head, stop, wire_end)
    if flags & 0x3FFF:
        return _Fragment(packet, name, (flags & 0x1FFF) * 8, bool(flags & 0x2000))
    return packet


def _parse6(buffer: bytes, start: int, end: int) -> IpPacket | _Fragment | None:
    if start + 40 > end:
        return None
    length, following, source, target = struct.unpack_from("!4xHBx16s16s", buffer, start)
    at = start + 40
    wire_end = at + length if length else end
    stop = min(end, wire_end)
    for _ in range(_MOST_EXTENSIONS):
        if following == _FRAGMENT_HEADER and at + 8 <= stop:
            following, offset, name = struct.unpack_from("!BxH4s", buffer, at)
            packet = IpPacket(following, source, target, buffer, at + 8, stop, wire_end)
            if offset & 0xFFF9:
                return _Fragment(packet, name, offset & 0xFFF8, bool(offset & 1))
            at += 8
        elif following in _EXTENSIONS and at + 8 <= stop:
            units = buffer[at + 1]
            size = (units + 2) * 4 if following == _AUTHENTICATION else (units + 1) * 8
            following = buffer[at]
            at += size
        else:
            break
    if at > stop:
        return None
    return IpPacket(following, source, target, buffer, at, stop, wire_end)


class Fragments:
    """Puts fragments together, in a bounded number of datagrams. `lost` were given up."""

    def __init__(self) -> None:
        self._open: dict[tuple[bytes, bytes, bytes, int], _Datagram] = {}
        self.lost = 0

    def whole(self, found: IpPacket | _Fragment | None, at: int) -> IpPacket | None:
        """The packet, or the datagram that its last missing fragment makes whole."""
        if not isinstance(found, _Fragment):
            return found
        packet = found.packet
        key = (packet.source, packet.target, found.name, packet.protocol)
        datagram = self._open.get(key)
        if datagram is None or abs(at - datagram.began) > _FRAGMENT_LIFE_NS:
            self.lost += datagram is not None
            datagram = self._open[key] = _Datagram(at)
        datagram.add(found)
        data = datagram.data()
        if data is not None:
            del self._open[key]
            head = packet._replace(buffer=data, start=0, end=len(data))
            return head._replace(wire_end=datagram.length or len(data))
        if datagram.is_hopeless or len(self._open) > _MOST_DATAGRAMS:
            del self._open[key if datagram.is_hopeless else next(iter(self._open))]
            self.lost += 1
        return None


class _Datagram:
    """Fragments by their offset. What was cut off by the snap length stays cut at the end."""

    def __init__(self, began: int) -> None:
        self.began = began
        self.length: int | None = None
        self.is_hopeless = False
        self._parts: dict[int, tuple[bytes, int]] = {}

    def add(self, fragment: _Fragment) -> None:
        packet = fragment.packet
        size = packet.wire_end - packet.start
        if fragment.offset + size > _LARGEST or len(self._parts) >= _MOST_FRAGMENTS:
            self.is_hopeless = True
            return
        self._parts[fragment.offset] = (packet.buffer[packet.start : packet.end], size)
        if not fragment.more:
            self.length = fragment.offset + size

    def data(self) -> bytes | None:
        """All bytes up to the first that was not caught, once every fragment is there."""
        if self.length is None or self.is_hopeless:
            return None
        data, at, is_cut = b"", 0, False
        for offset, (part, size) in sorted(self._parts.items()):
            if offset > at:
                return None
            if not is_cut and offset + len(part) > at:
                data += part[at - offset :]
            is_cut = is_cut or len(part) < size
            at = max(at, offset + size)
        return data[: self.length] if at >= self.length else None
