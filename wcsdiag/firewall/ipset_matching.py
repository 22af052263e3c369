"""Membership of an ipset, whose dimensions are read from the side that the rule names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from wcsdiag.firewall.model import Key, NamedSet, Value
from wcsdiag.firewall.values import prefix_length

IsElement = Callable[[tuple[Key, ...], tuple[Value, ...]], bool | None]

_DEPTH = 3
_WITH_PORTS = ("tcp", "udp", "sctp", "udplite")
_SIDES: dict[str, dict[str, tuple[Key, ...]]] = {
    "ip": {"src": (Key.SADDR,), "dst": (Key.DADDR,)},
    "net": {"src": (Key.SADDR,), "dst": (Key.DADDR,)},
    "port": {"src": (Key.L4PROTO, Key.SPORT), "dst": (Key.L4PROTO, Key.DPORT)},
    "iface": {"src": (Key.IIFNAME,), "dst": (Key.OIFNAME,)},
    "mark": {"src": (Key.MARK,), "dst": (Key.MARK,)},
}


def in_ipset(
    ipsets: Mapping[str, NamedSet],
    name: str,
    directions: tuple[str, ...],
    is_element: IsElement,
    depth: int = 0,
) -> bool | None:
    """True, False, or None: the set is not listed, or has a dimension that is not known."""
    found = ipsets.get(name)
    if found is None or not found.understood or depth > _DEPTH:
        return None
    if found.kinds == ("set",):
        members = [str(element[0]) for element in found.elements]
        results = [in_ipset(ipsets, one, directions, is_element, depth + 1) for one in members]
        return True if True in results else (None if None in results else False)
    keys = _keys(found.kinds, directions)
    if keys is None:
        return None
    if "number" in found.kinds and not any(
        is_element((Key.L4PROTO,), (protocol,)) for protocol in _WITH_PORTS
    ):
        return False
    inside, sure = _narrowest(found.elements, keys, is_element)
    outside, sure_too = _narrowest(found.exceptions, keys, is_element)
    if not (sure and sure_too):
        return True if sure_too and inside > outside else None
    return inside > outside


def _keys(kinds: tuple[str, ...], directions: tuple[str, ...]) -> tuple[Key, ...] | None:
    if len(directions) < len(kinds):
        return None
    keys: list[Key] = []
    for kind, direction in zip(kinds, directions, strict=False):
        side = _SIDES.get(kind, {}).get(direction)
        if side is None:
            return None
        keys += side
    return tuple(keys)


def _narrowest(
    elements: Iterable[tuple[Value, ...]], keys: tuple[Key, ...], is_element: IsElement
) -> tuple[int, bool]:
    """The longest prefix among the elements that the packet is in (-1: none); is that sure?"""
    best, sure = -1, True
    for element in elements:
        found = is_element(keys, element)
        if found:
            best = max(best, sum(map(prefix_length, element)))
        elif found is None:
            sure = False
    return best, sure
