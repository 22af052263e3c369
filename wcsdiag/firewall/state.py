"""What changes about a packet on its way through the hooks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address

from wcsdiag.firewall.model import (
    Address,
    Dnat,
    Forget,
    Hook,
    Key,
    Packet,
    Range,
    RestoreMark,
    SetMark,
    Snat,
)

FULL_MASK = 0xFFFFFFFF


@dataclass(frozen=True)
class State:
    """The packet as it is at a hook, and what is not known about it any more."""

    packet: Packet
    hook: Hook
    local: bool | None = None
    untracked: bool = False
    ct_mark: int = 0
    status: frozenset[str] = frozenset()
    nat_done: frozenset[str] = frozenset()
    unknown: frozenset[Key] = frozenset()
    touched: frozenset[str] = frozenset()
    rerouted: bool = False

    def forgets(self, *keys: Key) -> State:
        """The same, without knowledge of some keys."""
        return replace(self, unknown=self.unknown | frozenset(keys))


def is_local(packet: Packet, address: Address) -> bool:
    """True where the machine itself has the address."""
    return address in packet.local or address.is_loopback


def outgoing_interface(packet: Packet) -> str | None:
    """The interface that leads to the destination, as far as the routes tell."""
    if is_local(packet, packet.destination):
        return "lo"
    return route_to(packet, packet.destination)


def route_to(packet: Packet, address: Address) -> str | None:
    """The interface of the most specific route to an address; None where none is known."""
    found = [(net.prefixlen, name) for net, name in packet.routes if address in net]
    return max(found, key=lambda entry: entry[0])[1] if found else None


def set_mark(state: State, mark: SetMark | RestoreMark) -> State:
    """The packet's mark after `mark`; a mark that was not known is known again if all is set."""
    if isinstance(mark, RestoreMark):
        if Key.CT_MARK in state.unknown:
            return state.forgets(Key.MARK)
        mark = SetMark(state.ct_mark & mark.mask, mark.mask)
    if Key.MARK in state.unknown and mark.mask != FULL_MASK:
        return state
    value = (state.packet.mark & ~mark.mask & FULL_MASK) ^ mark.value
    return replace(
        state,
        packet=replace(state.packet, mark=value),
        unknown=state.unknown - {Key.MARK},
    )


def forget(state: State, what: Forget) -> State:
    """The keys that a statement changed to something that is not modelled."""
    return state.forgets(*what.keys)


def translate_destination(state: State, dnat: Dnat) -> State:
    """The destination after DNAT or redirect, the first of a connection being the only one."""
    before = state.packet
    state = replace(state, nat_done=state.nat_done | {"dst"})
    state = _new_port(state, dnat.port)
    address = dnat.address
    if address is not None and address != before.destination:
        state = replace(state, local=None)
    if dnat.redirect:
        address = _redirect_target(state)
        state = replace(state, local=True)
        if address is None:
            state = state.forgets(Key.DADDR)
    if address is not None and not isinstance(address, Range):
        state = replace(state, packet=replace(state.packet, destination=address))
    if state.packet != before or Key.DADDR in state.unknown:
        state = replace(state, status=state.status | {"dnat"})
    if state.packet.destination != before.destination or Key.DADDR in state.unknown:
        state = replace(state, rerouted=True)
    return state


def _new_port(state: State, port: int | Range | None) -> State:
    if port is None or state.packet.dport is None:
        return state
    if isinstance(port, int):
        return replace(state, packet=replace(state.packet, dport=port))
    low, high = port.low, port.high
    if isinstance(low, int) and isinstance(high, int) and low <= state.packet.dport <= high:
        return state
    return state.forgets(Key.DPORT)


def _redirect_target(state: State) -> Address | None:
    packet = state.packet
    v4 = packet.destination.version == 4
    if state.hook is Hook.OUTPUT or packet.in_interface == "lo":
        return IPv4Address("127.0.0.1") if v4 else IPv6Address("::1")
    return interface_address(packet, packet.in_interface)


def interface_address(packet: Packet, interface: str | None) -> Address | None:
    """The machine's address on an interface, where the routes leave only one to choose."""
    own = [
        address
        for address in packet.local
        if address.version == packet.destination.version
        and not address.is_loopback
        and not address.is_link_local
    ]
    if len(own) > 1 and interface is not None:
        own = [address for address in own if route_to(packet, address) == interface]
    return own[0] if len(own) == 1 else None


def translate_source(state: State, snat: Snat) -> State:
    """The source after SNAT or masquerade; not known where it is one of several."""
    before = state.packet.source
    state = replace(state, nat_done=state.nat_done | {"src"})
    address = snat.address
    if snat.masquerade:
        address = interface_address(state.packet, state.packet.out_interface)
    if address is None or isinstance(address, Range):
        return state.forgets(Key.SADDR)
    state = replace(state, packet=replace(state.packet, source=address))
    return replace(state, status=state.status | {"snat"}) if address != before else state
