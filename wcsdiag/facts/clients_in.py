"""What the host's rules do to clients: WCS's client-facing ports and the UDP ports of media."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wcsdiag.facts.installation import Installation
from wcsdiag.facts.routes import ANYWHERE, HostRoutes, Route, RouteTable, address_of
from wcsdiag.facts.rule_sets import HostRules, RuleSets
from wcsdiag.facts.sockets import ListeningSockets
from wcsdiag.facts.way_out import SOURCE_PORT
from wcsdiag.firewall.decide import decide
from wcsdiag.firewall.model import (
    Address,
    AnyOf,
    Decision,
    Fate,
    InElements,
    Key,
    Packet,
    Range,
    Ruleset,
    Value,
    Way,
)
from wcsdiag.model import NotApplicable, Unavailable
from wcsdiag.registry import fact
from wcsdiag.wcs.ports import Role, ports_in_effect
from wcsdiag.wcs.settings import Settings

# The range that WCS ships with (wcs.md 4).
DEFAULT_MEDIA_PORTS = (31001, 32000)
_MOST_PORTS = 64
_MOST_RULES = 200_000
"""Rules that are gone through for the ports of media: every port costs a walk through all."""

_STOPPED = frozenset({Fate.DROPPED, Fate.REJECTED})


@dataclass(frozen=True)
class PortIn:
    """One port of the host and the fate of a client's first packet, for each source asked about."""

    protocol: str
    port: int
    name: str
    decisions: tuple[Decision, ...]

    @property
    def stopped(self) -> Decision | None:
        """A decision that stops it, where none of the sources gets in."""
        stopping = [each for each in self.decisions if each.fate in _STOPPED]
        return stopping[0] if stopping and len(stopping) == len(self.decisions) else None

    @property
    def let_in(self) -> Decision | None:
        """A decision that lets one of the sources in."""
        return next((each for each in self.decisions if each.fate is Fate.ACCEPTED), None)


@dataclass(frozen=True)
class ClientsIn:
    """The ports that were asked about. `media` stands for the range `media_range`.

    Of that range those ports were taken where some rule may begin or end, so that nothing between
    two of them differs. `sources` are the clients that were thought of: one from anywhere, and
    the operator.
    """

    media: tuple[PortIn, ...]
    client_facing: tuple[PortIn, ...]
    media_range: tuple[int, int]
    sources: tuple[Address, ...]
    rules: RuleSets


@fact
def clients_in(
    installation: Installation,
    rules: HostRules,
    routes: HostRoutes,
    settings: Settings | Unavailable,
    sockets: ListeningSockets | Unavailable,
) -> ClientsIn:
    """Decide for each port and source. Only where the rules could be read: else nothing is said."""
    if not rules.rules.known:
        raise NotApplicable(rules.rules.why_in_short())
    clients = tuple(_clients(routes.table))
    if not clients:
        raise NotApplicable("No route shows by which interface clients come")
    known = settings if isinstance(settings, Settings) else None
    ruleset = rules.rules.ruleset
    first, last = media_range(known)
    media = [
        _port_in("udp", port, "media", ruleset, routes.table, clients)
        for port in telling_ports(ruleset, first, last)
    ]
    listening = {
        each.port
        for each in (sockets.sockets if isinstance(sockets, ListeningSockets) else ())
        if not each.is_loopback_only
    }
    facing = [
        _port_in("tcp", port.port, port.name, ruleset, routes.table, clients)
        for port in ports_in_effect(installation.generation, known)
        if port.role is Role.CLIENT_FACING and port.invalid is None and port.port in listening
    ]
    sources = tuple(route.destination for route in clients)
    return ClientsIn(tuple(media), tuple(facing), (first, last), sources, rules.rules)


def media_range(settings: Settings | None) -> tuple[int, int]:
    """`media_port_from` and `media_port_to`; the shipped ones where those are no ports."""
    names = ("media_port_from", "media_port_to")
    values = [settings.flashphoner.get(name) if settings else None for name in names]
    numbers = [
        int(each.value) if each is not None and each.value.strip().isdecimal() else default
        for each, default in zip(values, DEFAULT_MEDIA_PORTS, strict=True)
    ]
    first, last = numbers
    return (first, last) if 0 < first <= last < 65536 else DEFAULT_MEDIA_PORTS


def telling_ports(ruleset: Ruleset, first: int, last: int) -> tuple[int, ...]:
    """Ports of the range at which some rule or set may begin or end, and both ends."""
    cuts = {first, last}
    for low, high in _port_values(ruleset):
        cuts.update({low - 1, low, high, high + 1})
    within = sorted(port for port in cuts if first <= port <= last)
    rules = sum(len(chain.rules) for table in ruleset.tables for chain in table.chains.values())
    most = max(2, min(_MOST_PORTS, _MOST_RULES // (rules or 1)))
    return tuple(within[:: -(-len(within) // most)])


def _port_values(ruleset: Ruleset) -> Iterator[tuple[int, int]]:
    for table in ruleset.tables:
        for chain in table.chains.values():
            for rule in chain.rules:
                for statement in rule.statements:
                    if isinstance(statement, AnyOf) and statement.key is Key.DPORT:
                        yield from _ends(statement.values)
                    elif isinstance(statement, InElements) and Key.DPORT in statement.keys:
                        yield from _ends(value for each in statement.elements for value in each)
        for named in table.sets.values():
            yield from _ends(value for element in named.elements for value in element)


def _ends(values: Iterable[Value]) -> Iterator[tuple[int, int]]:
    for value in values:
        if isinstance(value, int):
            yield value, value
        elif (
            isinstance(value, Range) and isinstance(value.low, int) and isinstance(value.high, int)
        ):
            yield value.low, value.high


def _clients(table: RouteTable) -> Iterator[Route]:
    """Routes to clients: their sources are the addresses of the host that they come to."""
    for address in dict.fromkeys((address_of(ANYWHERE), table.peer)):
        route = table.to(address)
        if route is not None and route.source is not None and not route.is_local:
            yield route


def _port_in(
    protocol: str,
    port: int,
    name: str,
    ruleset: Ruleset,
    table: RouteTable,
    clients: tuple[Route, ...],
) -> PortIn:
    decisions = tuple(
        decide(ruleset, _packet(protocol, port, client, table), Way.IN) for client in clients
    )
    return PortIn(protocol, port, name, decisions)


def _packet(protocol: str, port: int, client: Route, table: RouteTable) -> Packet:
    assert client.source is not None
    return Packet(
        source=client.destination,
        destination=client.source,
        protocol=protocol,
        sport=SOURCE_PORT,
        dport=port,
        in_interface=client.device,
        local=table.local,
        routes=table.networks,
    )
