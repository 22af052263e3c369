"""The output of `ipset save` as named sets."""

from __future__ import annotations

import shlex

from wcsdiag.firewall import values
from wcsdiag.firewall.model import Address, NamedSet, Network, Range, Value

_KINDS = frozenset({"ip", "net", "port", "iface", "mark", "mac", "set"})


def parse_ipset_save(text: str) -> dict[str, NamedSet]:
    """The ipsets by name; never raises. A set with something unknown is not `understood`."""
    drafts: dict[str, _Draft] = {}
    for line in text.splitlines():
        words = _words(line)
        if len(words) < 3:
            continue
        command, name, rest = words[0], words[1], words[2:]
        if command == "create":
            drafts[name] = _Draft(name, rest)
        elif command == "add" and name in drafts:
            drafts[name].add(rest)
    return {name: draft.finished() for name, draft in drafts.items()}


def _words(line: str) -> list[str]:
    if '"' not in line:
        return line.split()
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


class _Draft:
    def __init__(self, name: str, rest: list[str]) -> None:
        self._name = name
        method, _, dimensions = rest[0].partition(":")
        kinds = dimensions.split(",")
        self._kinds = tuple(kinds)
        # A bitmap of ports names no protocol: the kernel looks there for TCP and UDP alone.
        self._protocols = ("tcp", "udp") if method == "bitmap" else ("tcp",)
        self._understood = all(kind in _KINDS for kind in kinds)
        self._netmask = rest[rest.index("netmask") + 1] if "netmask" in rest[:-1] else None
        self._understood &= not {"bitmask", "markmask"} & set(rest)
        self._elements: list[tuple[Value, ...]] = []
        self._exceptions: list[tuple[Value, ...]] = []

    def add(self, rest: list[str]) -> None:
        """One element, with its options."""
        into = self._exceptions if "nomatch" in rest[1:] else self._elements
        try:
            into += [self._element(rest[0], protocol) for protocol in self._protocols]
        except (ValueError, IndexError):
            self._understood = False

    def finished(self) -> NamedSet:
        """The set as the model has it."""
        return NamedSet(
            self._name,
            tuple(self._elements),
            understood=self._understood,
            kinds=self._kinds,
            exceptions=tuple(self._exceptions),
        )

    def _element(self, text: str, protocol: str) -> tuple[Value, ...]:
        parts = text.split(",")
        if len(parts) != len(self._kinds):
            raise ValueError(f"not an element: {text}")
        element: list[Value] = []
        for kind, part in zip(self._kinds, parts, strict=True):
            if kind == "port":
                named, _, ports = part.rpartition(":")
                element += (values.protocol(named or protocol), values.ports(ports, "-"))
            else:
                element.append(self._value(kind, part))
        return tuple(element)

    def _value(self, kind: str, part: str) -> Value:
        if kind in {"ip", "net"}:
            return self._address(part)
        if kind == "mark":
            return int(part, 0)
        if kind == "iface" and ":" in part:
            raise ValueError("a bridge port")
        return part

    def _address(self, part: str) -> Address | Network | Range:
        low, found, high = part.partition("-")
        if found:
            return values.span(values.address(low), values.address(high))
        if self._netmask is not None and "/" not in part:
            return values.network(f"{part}/{self._netmask}")
        return values.network(part)
