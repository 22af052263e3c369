"""Does a packet meet a condition: yes, no, or not known (None)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from wcsdiag.firewall import values
from wcsdiag.firewall.ipset_matching import in_ipset
from wcsdiag.firewall.model import (
    Address,
    AnyOf,
    Backend,
    Either,
    Hook,
    InElements,
    InIpset,
    InSet,
    Key,
    Match,
    NamedSet,
    Range,
    ReversePath,
    Table,
    Value,
    Way,
    WithinLimit,
)
from wcsdiag.firewall.state import State, is_local, route_to

Datum = int | str | Address | frozenset[int | str]
_CONNTRACK = -200
_SYN = 0x02
_IPV4 = 4


class Absent:
    """The packet has nothing of the kind: no socket, no TCP header, no connection."""


ABSENT = Absent()


def holds(value: Value, datum: Datum) -> bool:
    """True where what the packet has is the value, or lies in it."""
    if isinstance(datum, frozenset):
        if isinstance(value, Range):
            return any(holds(value, one) for one in datum)
        return value in datum or value == "*"
    if isinstance(value, IPv4Network | IPv6Network):
        return isinstance(datum, IPv4Address | IPv6Address) and datum in value
    if isinstance(value, Range):
        return _in_range(value, datum)
    if isinstance(value, str) and value.endswith("*"):
        return value == "*" or (isinstance(datum, str) and datum.startswith(value[:-1]))
    return value == datum


def _in_range(value: Range, datum: int | str | Address) -> bool:
    if isinstance(datum, int):
        return isinstance(value.low, int) and isinstance(value.high, int) and (
            value.low <= datum <= value.high
        )  # fmt: skip
    if isinstance(datum, str) or isinstance(value.low, int) or isinstance(value.high, int):
        return False
    return value.low.version == datum.version and int(value.low) <= int(datum) <= int(value.high)


@dataclass
class View:
    """A packet as the rules of one base chain see it."""

    state: State
    way: Way
    priority: int
    table: Table
    ipsets: Mapping[str, NamedSet]
    _data: dict[Key, Datum | Absent | None] = field(default_factory=dict)

    def datum(self, key: Key) -> Datum | Absent | None:
        """What the packet has there; None where it is not known."""
        if key not in self._data:
            unknown = key in self.state.unknown
            self._data[key] = None if unknown else _READERS[key](self)
        return self._data[key]

    @property
    def ct_state(self) -> str:
        """Before connection tracking has seen it, a packet belongs to no connection."""
        hook = self.state.hook
        if self.state.untracked:
            return "untracked"
        early = hook in {Hook.PREROUTING, Hook.OUTPUT} and self.priority < _CONNTRACK
        return "invalid" if early or hook is Hook.INGRESS else "new"

    def meets(self, match: Match) -> bool | None:
        """True, False, or None where it is not known."""
        if isinstance(match, AnyOf):
            return self._any_of(match)
        if isinstance(match, InSet):
            return self._in_set(match)
        if isinstance(match, InElements):
            return negate(self.among(match.keys, match.elements), negated=match.negated)
        if isinstance(match, InIpset):
            return self._in_ipset(match)
        if isinstance(match, Either):
            return self._either(match)
        if isinstance(match, ReversePath):
            return self._reverse_path(match)
        return not match.over if isinstance(match, WithinLimit) else None

    def _any_of(self, match: AnyOf) -> bool | None:
        datum = self.datum(match.key)
        if datum is None:
            return None if match.values else match.negated
        if isinstance(datum, Absent):
            # nft ends the rule; iptables negates that there is no socket.
            owner = match.key in {Key.SKUID, Key.SKGID}
            return match.negated and owner and self.table.backend is not Backend.NFT
        if match.mask is not None:
            if not isinstance(datum, int):
                return None
            datum &= match.mask
        for value in match.values:
            if holds(value, datum):
                return not match.negated
        return match.negated

    def _in_set(self, match: InSet) -> bool | None:
        found = self.table.sets.get(match.name)
        if found is None or not found.understood or match.name in self.state.touched:
            return None
        return negate(self.among(match.keys, found.elements), negated=match.negated)

    def among(self, keys: tuple[Key, ...], elements: Iterable[tuple[Value, ...]]) -> bool | None:
        """True where the keys together are one of the elements."""
        result: bool | None = False
        for element in elements:
            one = self.is_element(keys, element)
            if one:
                return True
            result = None if one is None else result
        return result

    def is_element(self, keys: tuple[Key, ...], element: tuple[Value, ...]) -> bool | None:
        """True where each key has the element's value."""
        result: bool | None = True
        for key, value in zip(keys, element, strict=True):
            datum = self.datum(key)
            if datum is None:
                result = result if value == "*" else None
            elif isinstance(datum, Absent) or not holds(value, datum):
                return False
        return result

    def _in_ipset(self, match: InIpset) -> bool | None:
        if match.name in self.state.touched:
            return None
        found = in_ipset(self.ipsets, match.name, match.directions, self.is_element)
        return negate(found, negated=match.negated)

    def _either(self, match: Either) -> bool | None:
        found = [self._any_of(condition) for condition in match.conditions]
        result = True if True in found else (None if None in found else False)
        return negate(result, negated=match.negated)

    def _reverse_path(self, match: ReversePath) -> bool | None:
        packet = self.state.packet
        if not packet.routes or Key.SADDR in self.state.unknown:
            return None
        interface = route_to(packet, packet.source)
        if match.strict and packet.in_interface is None:
            return None
        exists = interface is not None and (not match.strict or interface == packet.in_interface)
        return exists != match.missing


def negate(result: bool | None, *, negated: bool) -> bool | None:  # noqa: FBT001
    """The result of a negated condition."""
    return result if result is None or not negated else not result


def _nfproto(view: View) -> Datum:
    return "ipv4" if view.state.packet.destination.version == _IPV4 else "ipv6"


def _l4proto(view: View) -> Datum:
    name = view.state.packet.protocol
    number = values.protocol_number(name)
    return frozenset({name} if number is None else {name, number})


def _in_interface(view: View) -> Datum | None:
    return "" if view.way is Way.OUT else view.state.packet.in_interface


def _out_interface(view: View) -> Datum | None:
    if view.state.hook in {Hook.INGRESS, Hook.PREROUTING, Hook.INPUT}:
        return ""
    return view.state.packet.out_interface


def _ct_state(view: View) -> Datum:
    return frozenset({view.ct_state}) | (view.state.status & {"snat", "dnat"})


def _ct_status(view: View) -> Datum | Absent:
    return (view.state.status or frozenset({"none"})) if view.ct_state == "new" else ABSENT


def _ct_direction(view: View) -> Datum | Absent:
    return "original" if view.ct_state == "new" else ABSENT


def _ct_mark(view: View) -> Datum | Absent:
    return view.state.ct_mark if view.ct_state == "new" else ABSENT


def _owner(pick: Callable[[View], int | None]) -> Callable[[View], Datum | Absent | None]:
    def read(view: View) -> Datum | Absent | None:
        return pick(view) if view.way is Way.OUT else ABSENT

    return read


def _address_type(view: View, address: Address, *, local: bool | None) -> Datum | None:
    if address.is_multicast:
        return "multicast"
    if address == IPv4Address("255.255.255.255"):
        return "broadcast"
    if local or is_local(view.state.packet, address):
        return "local"
    if local is False or view.state.packet.local:
        return "unicast"
    return None


def _saddr_type(view: View) -> Datum | None:
    local = view.way is Way.OUT or (False if view.way is Way.THROUGH else None)
    return _address_type(view, view.state.packet.source, local=local)


def _daddr_type(view: View) -> Datum | None:
    return _address_type(view, view.state.packet.destination, local=view.state.local)


def _tcp_flags(view: View) -> Datum | Absent:
    return _SYN if view.state.packet.protocol == "tcp" else ABSENT


def _icmp_type(view: View) -> Datum | Absent:
    packet = view.state.packet
    if packet.protocol not in {"icmp", "ipv6-icmp"}:
        return ABSENT
    echo = values.ICMP_TYPES if packet.protocol == "icmp" else values.ICMPV6_TYPES
    return echo["echo-request"] if packet.icmp_type is None else packet.icmp_type


def _pkttype(view: View) -> Datum:
    destination = view.state.packet.destination
    if destination.is_multicast:
        return "multicast"
    return "broadcast" if destination == IPv4Address("255.255.255.255") else "host"


_READERS: dict[Key, Callable[[View], Datum | Absent | None]] = {
    Key.NFPROTO: _nfproto,
    Key.L4PROTO: _l4proto,
    Key.SADDR: lambda view: view.state.packet.source,
    Key.DADDR: lambda view: view.state.packet.destination,
    Key.SPORT: lambda view: view.state.packet.sport,
    Key.DPORT: lambda view: view.state.packet.dport,
    Key.IIFNAME: _in_interface,
    Key.OIFNAME: _out_interface,
    Key.CT_STATE: _ct_state,
    Key.CT_STATUS: _ct_status,
    Key.CT_DIRECTION: _ct_direction,
    Key.CT_MARK: _ct_mark,
    Key.MARK: lambda view: view.state.packet.mark,
    Key.SKUID: _owner(lambda view: view.state.packet.uid),
    Key.SKGID: _owner(lambda view: view.state.packet.gid),
    Key.SADDR_TYPE: _saddr_type,
    Key.DADDR_TYPE: _daddr_type,
    Key.TCP_FLAGS: _tcp_flags,
    Key.ICMP_TYPE: _icmp_type,
    Key.PKTTYPE: _pkttype,
}
