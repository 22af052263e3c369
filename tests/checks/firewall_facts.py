"""Facts about rules, routes and the web server's machine, made by hand."""

from __future__ import annotations

from ipaddress import ip_address

from tests.checks.web_facts import ADDRESS, PLAIN, ended, facts
from wcsdiag.facts.probes import WebServerProbes
from wcsdiag.facts.routes import Route
from wcsdiag.facts.rule_sets import RuleSets
from wcsdiag.facts.way_in import InWay, WayIn
from wcsdiag.facts.way_out import OutWay, WayOut
from wcsdiag.firewall.model import (
    AnyOf,
    Backend,
    Basic,
    Chain,
    Decision,
    Family,
    Fate,
    Hook,
    Key,
    Packet,
    Place,
    Rule,
    Ruleset,
    Statement,
    Table,
)
from wcsdiag.net.probe import Outcome, Phase

HOST = "198.51.100.7"
DROP_TEXT = "-A OUTPUT -p tcp -m tcp --dport 9091 -j DROP"


def table_of(*statements: Statement, text: str = DROP_TEXT, hook: Hook = Hook.OUTPUT) -> Table:
    """A table with one rule in one base chain."""
    name = hook.name
    rule = Rule(text, statements, number=1)
    chain = Chain(name, (rule,), hook=hook, policy=Basic.ACCEPT)
    return Table(Backend.IPTABLES_NFT, Family.IP, "filter", {name: chain})


def place_in(table: Table) -> Place:
    """Its one rule."""
    (chain,) = table.chains.values()
    return Place(table, chain, chain.rules[0])


DROPPING = table_of(AnyOf(Key.DPORT, (9091,)), Basic.DROP)
RULES = RuleSets("host", Ruleset((DROPPING,)), ("nft", "iptables-nft-save"))
UNREADABLE = RuleSets(
    "host", Ruleset(()), (), ("nft: sudo: a password is required",), user="monitor"
)


def packet(source: str = HOST, destination: str = ADDRESS) -> Packet:
    """A hook's first packet."""
    return Packet(ip_address(source), ip_address(destination), "tcp", 40000, 9091)


def decided(fate: Fate, table: Table = DROPPING, *depends_on: str) -> Decision:
    """A verdict, by the rule of the table unless it accepts."""
    by = None if fate is Fate.ACCEPTED else place_in(table)
    return Decision(fate, by, () if by is None else (by,), packet(), depends_on=depends_on)


def probes(outcome: Outcome) -> WebServerProbes:
    """One REST URL whose connection ended so."""
    phase = Phase.HTTP if outcome is Outcome.OK else Phase.CONNECT
    return facts(ended(phase, outcome, "literal text"))


def route(error: str = "", address: str = ADDRESS) -> Route:
    """A route by eth0, or none."""
    destination = ip_address(address)
    if error:
        return Route(destination, error, error=error)
    text = f"{address} via 198.51.100.1 dev eth0 src {HOST}"
    return Route(destination, text, "eth0", ip_address(HOST), ip_address("198.51.100.1"))


def way_out(
    outcome: Outcome,
    decision: Decision | None,
    *,
    of_probe: Decision | None = None,
    rules: RuleSets | None = RULES,
    known_route: Route | None = None,
    sender: str = "flashphoner",
) -> WayOut:
    """One address of one REST URL."""
    url = probes(outcome).urls[0]
    way = OutWay(
        url,
        ip_address(ADDRESS),
        9091,
        outcome,
        "" if outcome is Outcome.OK else "literal text",
        known_route or route(),
        decision,
        of_probe or decision,
    )
    return WayOut((way,), rules, sender)


def way_in(
    outcome: Outcome,
    decision: Decision | None,
    rules: RuleSets = RULES,
    *,
    source: str | None = HOST,
    seen: bool = False,
) -> WayIn:
    """One address of one REST URL, on the web server."""
    url = probes(outcome).urls[0]
    address = ip_address(ADDRESS)
    came_from = ip_address(source) if source else None
    return WayIn((InWay(url, address, 9091, outcome, came_from, seen, address, decision),), rules)


SUBJECT = PLAIN
