"""What the web server's own rules do to a hook that arrives there (--web-ssh)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wcsdiag.facts.probes import ProbedUrl, WebServerProbes
from wcsdiag.facts.routes import HostRoutes, RouteTable, address_of, ask_routes
from wcsdiag.facts.rule_sets import RuleSets, WebServerRules
from wcsdiag.facts.way_out import SOURCE_PORT, attempts_of
from wcsdiag.facts.web_access import WebServerAccess
from wcsdiag.facts.web_machine import Egress, WebServerMachine
from wcsdiag.firewall.decide import decide
from wcsdiag.firewall.model import Address, Decision, Packet, Way
from wcsdiag.host.interface import Host
from wcsdiag.model import NotApplicable, Unavailable
from wcsdiag.net.probe import AddressAttempt, Outcome
from wcsdiag.registry import fact


@dataclass(frozen=True)
class InWay:
    """One address of a REST URL, and the web server's rules about a hook that comes for it.

    `source` is whom the web server sees, or is taken to see where `source_seen` is False.
    `arrives_at` is another address where the machine has not that of the REST URL: something
    before it translates. With `here` False nothing shows that the address leads to this machine
    at all. `decision` is None there, and where rules or source are not known.
    """

    url: ProbedUrl
    address: Address
    port: int
    outcome: Outcome
    source: Address | None
    source_seen: bool
    arrives_at: Address | None
    decision: Decision | None = None
    way: Way = Way.IN
    here: bool = True

    @property
    def passed(self) -> bool:
        """True where the probe from the host connected."""
        return self.outcome is Outcome.OK


@dataclass(frozen=True)
class WayIn:
    """All that were tried. `rules` are those of the web server's machine."""

    ways: tuple[InWay, ...]
    rules: RuleSets

    def of(self, url: str) -> tuple[InWay, ...]:
        """The addresses of one REST URL."""
        return tuple(way for way in self.ways if way.url.url == url)


@fact
def way_in(
    access: WebServerAccess,
    probes: WebServerProbes,
    rules: WebServerRules,
    machine: WebServerMachine,
    routes: HostRoutes,
    egress: Egress | Unavailable,
) -> WayIn:
    """Decide for each address that was tried and is not the host's own."""
    known = egress if isinstance(egress, Egress) else None
    ways = []
    for url, attempt in attempts_of(probes):
        way = _in(url, attempt, machine.table, routes.table, known)
        if way is not None:
            ways.append(_decided(way, access.host, rules.rules, machine.table))
    if not ways:
        raise NotApplicable("No REST URL leads from the host to another machine")
    return WayIn(tuple(ways), rules.rules)


def _in(
    url: ProbedUrl,
    attempt: AddressAttempt,
    web: RouteTable,
    host: RouteTable,
    egress: Egress | None,
) -> InWay | None:
    address = address_of(attempt.address)
    assert address is not None  # attempts are made to numeric addresses alone
    route = host.to(address)
    if route is not None and route.is_local:
        return None
    source = route.source if route is not None else None
    seen = egress.seen if egress is not None else None
    if seen is not None and seen.version == address.version:
        source = seen
    arrives_at: Address | None = address
    if address not in web.local:
        back = web.to(source)
        arrives_at = back.source if back is not None else None
    known = seen is not None and source == seen
    here = address in web.local or (egress is not None and address in egress.arrived_at)
    seen_way = InWay(url, address, attempt.port, attempt.outcome, source, known, arrives_at)
    return replace(seen_way, here=here)


def _decided(way: InWay, machine: Host, rules: RuleSets, web: RouteTable) -> InWay:
    if not rules.readable or not way.here or way.source is None or way.arrives_at is None:
        return way
    back = web.to(way.source)
    device = back.device if back is not None else None
    packet = Packet(
        source=way.source,
        destination=way.arrives_at,
        protocol="tcp",
        sport=SOURCE_PORT,
        dport=way.port,
        in_interface=device or web.interfaces.get(way.arrives_at),
        local=web.local,
        routes=web.networks,
    )
    decision, direction = arrive(machine, rules, packet)
    if not rules.settles(decision):
        return way
    return replace(way, decision=decision, way=direction)


def arrive(machine: Host, rules: RuleSets, packet: Packet) -> tuple[Decision, Way]:
    """The fate of a packet that comes in; the one sent on to a container goes through instead."""
    found = decide(rules.ruleset, packet, Way.IN)
    onward = found.packet.destination
    if onward == packet.destination or onward in packet.local:
        return found, Way.IN
    table = ask_routes(machine, rules.machine, [str(onward)], because="FWL107")
    route = table.to(onward)
    sent_on = replace(packet, out_interface=route.device if route is not None else None)
    return decide(rules.ruleset, sent_on, Way.THROUGH), Way.THROUGH
