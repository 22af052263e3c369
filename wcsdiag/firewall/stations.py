"""The base chains that a packet comes by, hook by hook, in the kernel's order."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wcsdiag.firewall.model import Chain, Family, Hook, Key, Packet, Ruleset, Table, Way
from wcsdiag.firewall.state import State, is_local, outgoing_interface

_NAT_PRIORITY = {Hook.PREROUTING: -100, Hook.OUTPUT: -100, Hook.INPUT: 100, Hook.POSTROUTING: 100}
_SOURCE_HOOKS = frozenset({Hook.INPUT, Hook.POSTROUTING})
_FIRST = {Way.OUT: Hook.OUTPUT, Way.IN: Hook.INGRESS, Way.THROUGH: Hook.INGRESS}
_NEXT = {
    Hook.INGRESS: Hook.PREROUTING,
    Hook.FORWARD: Hook.POSTROUTING,
    Hook.OUTPUT: Hook.POSTROUTING,
    Hook.POSTROUTING: Hook.EGRESS,
}
_IPV4 = 4


@dataclass(frozen=True)
class Station:
    """A base chain of a hook. `priority` is the one at which it is really called."""

    table: Table
    chain: Chain
    priority: int

    @property
    def translates(self) -> bool:
        """True for a chain of type nat, which sees the first packet of a connection alone."""
        return self.chain.kind == "nat"

    def passed_over(self, state: State) -> bool:
        """True where connection tracking or an earlier translation leaves this chain out."""
        manipulation = "src" if state.hook in _SOURCE_HOOKS else "dst"
        return self.translates and (state.untracked or manipulation in state.nat_done)


class Itinerary:
    """Which base chains come at which hook, and which hook comes next, for one packet."""

    def __init__(self, ruleset: Ruleset, packet: Packet, way: Way) -> None:
        self._way = way
        version = packet.destination.version
        families = {Family.INET, Family.NETDEV, Family.IP if version == _IPV4 else Family.IP6}
        self._tables = [table for table in ruleset.tables if table.family in families]
        self._known: dict[Hook, tuple[Station, ...]] = {}

    def start(self, packet: Packet) -> State:
        """The packet where it first meets the rule set."""
        local = {Way.OUT: None, Way.IN: True, Way.THROUGH: False}[self._way]
        return State(packet, _FIRST[self._way], local=local)

    def stations(self, hook: Hook) -> tuple[Station, ...]:
        """The base chains of a hook, in the order in which the kernel calls them.

        Of two chains with the same priority, the kernel calls the one registered later first.
        """
        if hook not in self._known:
            found = [
                Station(table, chain, _priority(chain, hook))
                for table in self._tables
                for chain in table.chains.values()
                if chain.hook is hook
            ]
            found.reverse()
            # Chains of type nat hang on one hook of conntrack's, in the order of their own
            # priorities and, among equals, of their registration.
            found.sort(key=lambda station: (station.priority, station.chain.priority))
            self._known[hook] = tuple(found)
        return self._known[hook]

    def after(self, state: State) -> State | str | None:
        """The state at the next hook; None at the end; a string says why that is not known."""
        if state.hook is Hook.PREROUTING:
            return self._routed(state)
        following = _NEXT.get(state.hook)
        if following is None:
            return None
        state = replace(state, hook=following)
        if following is Hook.POSTROUTING and state.rerouted and self._way is Way.OUT:
            state = _leaves_by(state)
        return state

    def _routed(self, state: State) -> State | str:
        if not state.rerouted:
            hook = Hook.FORWARD if self._way is Way.THROUGH else Hook.INPUT
            return replace(state, hook=hook)
        if state.local or is_local(state.packet, state.packet.destination):
            return replace(state, hook=Hook.INPUT, local=True)
        if not state.packet.local:
            return f"whether {state.packet.destination} is an address of this machine"
        return _leaves_by(replace(state, hook=Hook.FORWARD, local=False))


def _leaves_by(state: State) -> State:
    interface = "lo" if state.local else outgoing_interface(state.packet)
    return replace(state, packet=replace(state.packet, out_interface=interface))


def _priority(chain: Chain, hook: Hook) -> int:
    if chain.kind == "nat":
        return _NAT_PRIORITY.get(hook, chain.priority)
    return chain.priority


def device_applies(station: Station, state: State) -> bool | None:
    """Does a chain of a netdev table hang on the packet's interface? None: not known."""
    if state.hook not in {Hook.INGRESS, Hook.EGRESS}:
        return True
    key = Key.IIFNAME if state.hook is Hook.INGRESS else Key.OIFNAME
    packet = state.packet
    interface = packet.in_interface if key is Key.IIFNAME else packet.out_interface
    if station.chain.device is None or interface is None:
        return None
    return interface in station.chain.device.split(",")
