"""One rule set of a machine from what its tools print, each of which leaves something out."""

from __future__ import annotations

from itertools import chain

from wcsdiag.firewall.model import Backend, Family, NamedSet, Ruleset, Table


def merge(native: Ruleset, *iptables: Ruleset) -> Ruleset:
    """nft's tables, with those that iptables-nft manages as iptables-save prints them.

    `nft` drops the arguments of multiport, conntrack and other extensions, so its version of a
    table that iptables-save has as well is replaced where it stands. Legacy tables, which nft
    does not see, come last.
    """
    managed: dict[tuple[Family, str], Table] = {}
    legacy: list[Table] = []
    for table in chain.from_iterable(part.tables for part in iptables):
        if table.backend is Backend.IPTABLES_LEGACY:
            legacy.append(table)
        else:
            managed[table.family, table.name] = table
    tables = [managed.pop((table.family, table.name), table) for table in native.tables]
    ipsets: dict[str, NamedSet] = {}
    for part in (native, *iptables):
        ipsets.update(part.ipsets)
    problems = tuple(chain.from_iterable(part.problems for part in (native, *iptables)))
    return Ruleset((*tables, *managed.values(), *legacy), problems, ipsets)
