"""What the host's own rules and routes do to a hook, for each address of each REST URL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from wcsdiag.facts.probes import ProbedUrl, WebServerProbes
from wcsdiag.facts.routes import HostRoutes, Owner, Route, RouteTable, address_of
from wcsdiag.facts.rule_sets import HostRules, RuleSets
from wcsdiag.firewall.decide import decide
from wcsdiag.firewall.model import Address, Decision, Fate, Packet, Ruleset, Way
from wcsdiag.model import NotApplicable, Unavailable
from wcsdiag.net.probe import AddressAttempt, Outcome, Probe
from wcsdiag.registry import fact

SOURCE_PORT = 40000
"""A port that every system gives to a connection of its own: what a rule on it would see."""


@dataclass(frozen=True)
class OutWay:
    """One address of a REST URL: what the probe saw there, the route, and what the rules say.

    `decision` is about a hook of WCS, `of_probe` about our own probe, whose user is another one;
    both are None where the rules or the host's own address are not known. `way` is IN where the
    packet stays on the host and the rules for what comes in decided.
    """

    url: ProbedUrl
    address: Address
    port: int
    outcome: Outcome
    detail: str
    route: Route | None
    decision: Decision | None = None
    of_probe: Decision | None = None
    way: Way = Way.OUT

    @property
    def passed(self) -> bool:
        """True where the probe connected: the way is open by observation."""
        return self.outcome is Outcome.OK


@dataclass(frozen=True)
class WayOut:
    """All that were tried. `rules` is None where nothing could be asked, and `unread` says why."""

    ways: tuple[OutWay, ...]
    rules: RuleSets | None
    sender_name: str = ""
    unread: str = ""

    def of(self, url: str) -> tuple[OutWay, ...]:
        """The addresses of one REST URL."""
        return tuple(way for way in self.ways if way.url.url == url)


@fact
def way_out(
    probes: WebServerProbes, rules: HostRules | Unavailable, routes: HostRoutes | Unavailable
) -> WayOut:
    """Decide for each address that was tried, with the source that the host would give it."""
    known = rules.rules if isinstance(rules, HostRules) else None
    ways = tuple(
        _out(url, attempt, known, routes if isinstance(routes, HostRoutes) else None)
        for url, attempt in attempts_of(probes)
    )
    if not ways:
        raise NotApplicable("No address of a REST URL was tried from the host")
    sender = routes.sender_name if isinstance(routes, HostRoutes) else ""
    return WayOut(ways, known, sender, "" if isinstance(rules, HostRules) else rules.reason)


def attempts_of(probes: WebServerProbes) -> Iterator[tuple[ProbedUrl, AddressAttempt]]:
    """Every address that was tried from the host."""
    for url in probes.urls:
        if isinstance(url.host, Probe):
            for attempt in url.host.attempts:
                yield url, attempt


def _out(
    url: ProbedUrl, attempt: AddressAttempt, rules: RuleSets | None, routes: HostRoutes | None
) -> OutWay:
    address = address_of(attempt.address)
    assert address is not None  # attempts are made to numeric addresses alone
    route = routes.table.to(address) if routes is not None else None
    seen = OutWay(url, address, attempt.port, attempt.outcome, attempt.detail, route)
    if rules is None or not rules.readable or routes is None:
        return seen
    packet = _packet(seen, routes.table, routes.sender)
    if packet is None or route is None:
        return seen
    decision, way = leave(rules.ruleset, packet, route)
    if not rules.settles(decision):
        return seen
    own = routes.table.own
    of_probe, _ = leave(rules.ruleset, replace(packet, uid=own.uid, gid=own.gid), route)
    return replace(seen, decision=decision, of_probe=of_probe, way=way)


def _packet(way: OutWay, table: RouteTable, sender: Owner) -> Packet | None:
    route = way.route
    if route is None or route.source is None:
        return None
    return Packet(
        source=route.source,
        destination=way.address,
        protocol="tcp",
        sport=SOURCE_PORT,
        dport=way.port,
        out_interface=route.device,
        uid=sender.uid,
        gid=sender.gid,
        local=table.local,
        routes=table.networks,
    )


def leave(ruleset: Ruleset, packet: Packet, route: Route) -> tuple[Decision, Way]:
    """The fate of a packet of the host, also through the rules for what comes in if it stays."""
    out = decide(ruleset, packet, Way.OUT)
    stays = route.is_local or out.packet.destination in packet.local
    if out.fate is not Fate.ACCEPTED or not stays:
        return out, Way.OUT
    arriving = replace(out.packet, in_interface="lo", out_interface=None, uid=None, gid=None)
    return decide(ruleset, arriving, Way.IN), Way.IN
