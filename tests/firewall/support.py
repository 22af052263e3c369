"""Reading of the cases: a rule set in one file, packets and their fates in another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from pathlib import Path

from wcsdiag.firewall.ipset_save import parse_ipset_save
from wcsdiag.firewall.iptables_save import parse_iptables_save
from wcsdiag.firewall.merge import merge
from wcsdiag.firewall.model import Decision, Family, Packet, Ruleset, Way
from wcsdiag.firewall.nft_json import parse_nft_json

CASES = Path(__file__).parent / "cases"
OWN = frozenset({ip_address("10.99.3.2"), ip_address("fd00::2")})


@dataclass(frozen=True)
class Expected:
    """One line of an expected file."""

    line: str
    packet: Packet
    way: Way
    outcome: str


def names() -> list[str]:
    """The cases: every `NAME.expected.txt`."""
    return sorted(path.name.removesuffix(".expected.txt") for path in CASES.glob("*.expected.txt"))


def text(name: str) -> str:
    """A file of the cases; nothing where there is none."""
    path = CASES / name
    return path.read_text() if path.exists() else ""


def ruleset(name: str) -> Ruleset:
    """All that the case has: nft's JSON, iptables-save, ip6tables-save, ipset save."""
    parts = [parse_nft_json(text(f"{name}.nft.json"))] if text(f"{name}.nft.json") else []
    for suffix, family in (("iptables", Family.IP), ("ip6tables", Family.IP6)):
        saved = text(f"{name}.{suffix}.txt")
        parts += [parse_iptables_save(saved, family)] if saved else []
    merged = merge(*parts)
    return replace(merged, ipsets=parse_ipset_save(text(f"{name}.ipset.txt")))


def expected(name: str) -> list[Expected]:
    """The packets of a case."""
    lines = text(f"{name}.expected.txt").splitlines()
    return [_expected(line) for line in lines if line and not line.startswith("#")]


def _expected(line: str) -> Expected:
    left, _, outcome = line.partition(" -> ")
    way, source, destination, protocol, port, *more = left.split()
    found = packet(source, destination, protocol, None if port == "-" else int(port))
    for name, _, value in (word.partition("=") for word in more):
        if name == "uid":
            found = replace(found, uid=int(value))
        elif name == "routes":
            network, _, interface = value.partition("@")
            found = replace(found, routes=((ip_network(network), interface),))
        elif name == "in_interface":
            found = replace(found, in_interface=value)
        else:
            assert name == "out_interface"
            found = replace(found, out_interface=value)
    return Expected(line, found, Way(way), outcome)


def packet(source: str, destination: str, protocol: str = "tcp", port: int | None = 80) -> Packet:
    """A packet from an ordinary port, on the machine that the cases are about."""
    sport = None if port is None else 40000
    return Packet(ip_address(source), ip_address(destination), protocol, sport, port, local=OWN)


def told(decision: Decision) -> str:
    """A decision as the expected files write it."""
    if decision.depends_on:
        return "depends"
    kind = f" ({decision.reject.value})" if decision.reject is not None else ""
    by = decision.by
    if by is None:
        return f"{decision.fate.value}{kind} by nothing"
    number = "policy" if by.rule is None else by.rule.number
    return f"{decision.fate.value}{kind} by {by.chain.name} {number}"
