"""Where the IP packet begins in a frame, for each link type (tcpdump.org/linktypes.html)."""

from __future__ import annotations

from collections.abc import Callable

NameAndFinder = tuple[str, Callable[[bytes, int, int], int]]

_IP = (b"\x08\x00", b"\x86\xdd")
_TAGS = (b"\x81\x00", b"\x88\xa8", b"\x91\x00", b"\x92\x00")
_FAMILIES = frozenset((2, 10, 24, 28, 30))
"""AF_INET, and AF_INET6 as the systems number it that write loopback captures."""


def _ethernet(buffer: bytes, start: int, end: int) -> int:
    if buffer[start + 12 : start + 14] in _IP:
        return start + 14
    return _after_tags(buffer, start + 12, end)


def _after_tags(buffer: bytes, kind: int, end: int) -> int:
    """The IP packet behind the EtherType at `kind`, and behind VLAN tags before it."""
    while kind + 2 <= end:
        code = buffer[kind : kind + 2]
        if code in _IP:
            return kind + 2
        if code not in _TAGS:
            return -1
        kind += 4
    return -1


def _cooked(buffer: bytes, start: int, end: int) -> int:
    if buffer[start + 14 : start + 16] in _IP:
        return start + 16
    return _after_tags(buffer, start + 14, end)


def _cooked2(buffer: bytes, start: int, end: int) -> int:
    code = buffer[start : start + 2]
    if code in _TAGS:
        return _after_tags(buffer, start + 22, end)
    return start + 20 if code in _IP else -1


def _loopback(buffer: bytes, start: int, _end: int) -> int:
    """Four bytes of family, in the byte order of the machine that captured, or in the network's."""
    family = buffer[start : start + 4]
    known = int.from_bytes(family, "little") in _FAMILIES or int.from_bytes(family) in _FAMILIES
    return start + 4 if known else -1


def _raw(_buffer: bytes, start: int, _end: int) -> int:
    return start


PLAIN: dict[int, tuple[str, int]] = {1: ("12xH", 14), 113: ("14xH", 16), 276: ("H18x", 20)}
"""The struct format of a header without VLAN tags, of which the EtherType is wanted; its size."""

LINKS: dict[int, NameAndFinder] = {
    0: ("loopback (null)", _loopback),
    1: ("Ethernet", _ethernet),
    12: ("raw IP", _raw),
    14: ("raw IP", _raw),
    101: ("raw IP", _raw),
    108: ("loopback", _loopback),
    113: ("Linux cooked v1", _cooked),
    228: ("raw IPv4", _raw),
    229: ("raw IPv6", _raw),
    276: ("Linux cooked v2", _cooked2),
}
"""The name of each link type, and a function that gives the IP packet's offset, -1 for none."""
