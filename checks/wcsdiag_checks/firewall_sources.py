"""Which sources a rule set lets in to one port by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from wcsdiag.firewall.model import (
    Address,
    AnyOf,
    Basic,
    Chain,
    Family,
    InIpset,
    InSet,
    Key,
    NamedSet,
    Place,
    Range,
    Rule,
    Ruleset,
    Table,
    Value,
)

_FAMILIES = {4: {Family.IP, Family.INET}, 6: {Family.IP6, Family.INET}}


@dataclass(frozen=True)
class Allowed:
    """One rule that accepts a port from named sources alone."""

    place: Place
    sources: tuple[Value, ...]

    def holds(self, address: Address) -> bool:
        """True where the address is one of the sources."""
        return any(_has_address(value, address) for value in self.sources)


def allowed_sources(ruleset: Ruleset, port: int, version: int) -> tuple[Allowed, ...]:
    """The rules that accept the TCP port from sources that they name. `version` is 4 or 6."""
    return tuple(
        Allowed(Place(table, chain, rule), sources)
        for table in ruleset.tables
        if table.family in _FAMILIES[version]
        for chain in table.chains.values()
        for rule in chain.rules
        if (sources := _sources(ruleset, table, chain, rule, port))
    )


def _sources(
    ruleset: Ruleset, table: Table, chain: Chain, rule: Rule, port: int
) -> tuple[Value, ...]:
    accepts = Basic.ACCEPT in rule.statements
    ports = [
        match for match in rule.statements if isinstance(match, AnyOf) and match.key is Key.DPORT
    ]
    to_port = ports and all(
        not match.negated and any(_has_port(value, port) for value in match.values)
        for match in ports
    )
    if not accepts or not to_port or chain.kind == "nat":
        return ()
    return tuple(_named(ruleset, table, rule))


def _named(ruleset: Ruleset, table: Table, rule: Rule) -> Iterator[Value]:
    for match in rule.statements:
        if isinstance(match, AnyOf) and match.key is Key.SADDR and not match.negated:
            yield from match.values
        elif isinstance(match, InSet) and match.keys == (Key.SADDR,) and not match.negated:
            yield from _members(table.sets.get(match.name))
        elif isinstance(match, InIpset) and match.directions == ("src",) and not match.negated:
            yield from _members(ruleset.ipsets.get(match.name))


def _members(named: NamedSet | None) -> Iterator[Value]:
    if named is not None and named.understood and not named.dynamic:
        yield from (element[0] for element in named.elements if len(element) == 1)


def _has_port(value: Value, port: int) -> bool:
    if isinstance(value, Range) and isinstance(value.low, int) and isinstance(value.high, int):
        return value.low <= port <= value.high
    return value == port


def _has_address(value: Value, address: Address) -> bool:
    if isinstance(value, int | str):
        return False
    if isinstance(value, IPv4Network | IPv6Network):
        low, high = value.network_address, value.broadcast_address
    elif isinstance(value, Range):
        if isinstance(value.low, int) or isinstance(value.high, int):
            return False
        low, high = value.low, value.high
    else:
        low = high = value
    return low.version == address.version and int(low) <= int(address) <= int(high)
