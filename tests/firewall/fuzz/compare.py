"""Puts what `decide` says of a packet beside what the kernel did with it.

Both must say the same of its fate, the kind of refusal, the addresses and port with which it
leaves, and the rule that refused it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from tests.firewall.fuzz import pool
from tests.firewall.fuzz.iptables_rules import ipset_source, iptables_source
from tests.firewall.fuzz.judge import Judge, NotSent, Observation
from tests.firewall.fuzz.load import Listing, Loader, RefusedError
from tests.firewall.fuzz.nft_rules import nft_source
from tests.firewall.fuzz.source import Line, Source, shrunk
from tests.firewall.fuzz.wire import RulePlace
from wcsdiag.firewall.decide import decide
from wcsdiag.firewall.describe import describe
from wcsdiag.firewall.ipset_save import parse_ipset_save
from wcsdiag.firewall.iptables_save import parse_iptables_save
from wcsdiag.firewall.merge import merge
from wcsdiag.firewall.model import (
    Backend,
    Decision,
    Dnat,
    Family,
    Fate,
    Ruleset,
    Snat,
    Statement,
    Way,
)
from wcsdiag.firewall.nft_json import parse_nft_json

KINDS = ("nft", "iptables", "both")
_WAYS = (Way.OUT, Way.OUT, Way.IN, Way.THROUGH)


@dataclass(frozen=True)
class Disagreement:
    """One packet of which `decide` says something else than the kernel, or nothing."""

    seed: int
    source: Source
    flow: pool.Flow
    observation: Observation
    decision: Decision
    problems: tuple[str, ...]

    def __str__(self) -> str:
        decision = self.decision
        left, kind = decision.packet, f", {decision.reject.value}" if decision.reject else ""
        lines = [
            f"=== rule set of seed {self.seed}",
            str(self.source),
            f"packet:   {self.flow}",
            f"kernel:   {self.observation}",
            f"decision: {decision.fate.value}{kind}",
            f"leaves:   {left.source} -> {left.destination} port {left.dport}",
            f"by:       {describe(decision.by) if decision.by else '-'}",
            *(f"path:     {describe(place)}" for place in decision.path),
            *(f"depends:  {text}" for text in decision.depends_on),
            *(f"problem:  {text}" for text in self.problems),
        ]
        return "\n".join(lines)


@dataclass
class Tally:
    """What a run came to."""

    sets: int = 0
    rules: int = 0
    refused: int = 0
    pairs: int = 0
    unsent: int = 0
    unknowable: int = 0
    disagreements: int = 0

    def counted(self, fates: dict[Fate, int]) -> str:
        """One line for a person."""
        seen = ", ".join(f"{count} {fate.value}" for fate, count in sorted_fates(fates))
        return (
            f"{self.pairs} pairs ({seen}) of {self.sets} rule sets with {self.rules} rules:"
            f" {self.pairs - self.disagreements - self.unknowable} agree,"
            f" {self.disagreements} do not, {self.unknowable} depend on an address that a redirect"
            f" or masquerade took; {self.refused} rules were refused by the kernel,"
            f" {self.unsent} packets not sent"
        )


def sorted_fates(fates: dict[Fate, int]) -> list[tuple[Fate, int]]:
    """The most frequent first."""
    return sorted(fates.items(), key=lambda item: -item[1])


def source_of(seed: int, kind: str, *, legacy: bool) -> Source:
    """The rule set of a seed, always the same."""
    rng = Random(f"{kind} {seed}")
    ipsets = kind != "nft" and rng.random() < 0.5
    old = rng.random() < 0.25
    nft = nft_source(rng, alone=kind == "nft") if kind != "iptables" else ()
    if kind == "nft":
        return Source(nft=nft)
    return Source(
        nft=nft,
        ip4=iptables_source(rng, 4, ipsets=ipsets),
        ip6=iptables_source(rng, 6, ipsets=ipsets),
        ipset=ipset_source(rng) if ipsets else (),
        legacy=old and legacy,
    )


def known_sources() -> list[Source]:
    """Rule sets about which `decide` and the kernel once disagreed: a file each."""
    found = []
    for path in sorted((Path(__file__).parent / "cases").iterdir()):
        lines = tuple(Line(line) for line in path.read_text().splitlines())
        found.append({".nft": Source(nft=lines), ".ip4": Source(ip4=lines)}[path.suffix])
    return found


def understood(listing: Listing) -> Ruleset:
    """The rule set as wcsdiag understands what the tools print."""
    native = parse_nft_json(listing.nft)
    others = [
        parse_iptables_save(text, family)
        for text, family in ((listing.ip4, Family.IP), (listing.ip6, Family.IP6))
        if text
    ]
    merged = merge(native, *others)
    return replace(merged, ipsets=parse_ipset_save(listing.ipset)) if listing.ipset else merged


class Comparison:
    """Loads rule sets, sends packets, and compares."""

    def __init__(self, judge: Judge, uids: tuple[int, ...], *, legacy: bool) -> None:
        self._judge, self._uids, self._legacy = judge, uids, legacy
        self._loader = Loader()
        self._handles: Handles = {}
        self.tally = Tally()
        self.fates: dict[Fate, int] = {}

    def run(self, seed: int, kind: str, packets: int) -> list[Disagreement]:
        """All packets of the rule set of a seed."""
        return self.run_source(seed, source_of(seed, kind, legacy=self._legacy), packets)

    def run_source(self, seed: int, source: Source, packets: int) -> list[Disagreement]:
        """Random packets, of this seed, through one rule set."""
        source, refused = self._loader.load_most(source)
        self.tally.sets += 1
        self.tally.refused += refused
        self.tally.rules += sum(
            line.rule for part in (source.nft, source.ip4, source.ip6) for line in part
        )
        rules = self._understood(source)
        found: list[Disagreement] = []
        for flow in pool.flows(Random(seed), packets, _WAYS, self._uids):
            found += self._compare(seed, source, flow, rules, count=True)
        self.tally.disagreements += len(found)
        return found

    def shrink(self, found: Disagreement) -> Disagreement:
        """The same packet with as few rules as still show a disagreement."""
        last = [found]

        def fails(source: Source) -> bool:
            try:
                self._loader.load(source)
            except RefusedError:
                return False
            rules = self._understood(source)
            last[1:] = self._compare(found.seed, source, found.flow, rules)
            same = [one for one in last[1:] if _same_kind(one, found)]
            last[:] = [*same, *last[:1]][:1]
            return bool(same)

        shrunk(found.source, fails)
        return last[0]

    def _understood(self, source: Source) -> Ruleset:
        listing = self._loader.listing(source)
        self._handles = handles_of(listing.nft)
        return understood(listing)

    def _compare(
        self, seed: int, source: Source, flow: pool.Flow, rules: Ruleset, *, count: bool = False
    ) -> list[Disagreement]:
        try:
            observation = self._judge.observe(flow)
        except NotSent:
            self.tally.unsent += count
            return []
        if count:
            self.tally.pairs += 1
            self.fates[observation.fate] = self.fates.get(observation.fate, 0) + 1
        decision = decide(rules, flow.packet, flow.way)
        if agree(decision, observation) and same_rule(decision, observation, self._handles):
            return []
        if unknowable(decision, observation, flow.way):
            self.tally.unknowable += count
            return []
        return [Disagreement(seed, source, flow, observation, decision, rules.all_problems)]


def agree(decision: Decision, seen: Observation) -> bool:
    """The same fate, the same refusal, and the same packet after all translations."""
    if decision.fate is not seen.fate or decision.reject is not seen.reject:
        return False
    if seen.fate is not Fate.ACCEPTED:
        return True
    packet, done = decision.packet, _effects(decision)
    if packet.dport != seen.dport:
        return False
    # Which address of the interface masquerading or a redirect takes is not said.
    masqueraded = any(isinstance(one, Snat) and one.masquerade for one in done)
    redirected = any(isinstance(one, Dnat) and one.redirect for one in done)
    ours = redirected and seen.destination in pool.LOCAL
    return (packet.source == seen.source or masqueraded) and (
        packet.destination == seen.destination or ours
    )


Handles = dict[tuple[str, str, str], list[int]]
"""nft's handles of the rules of each chain, in order."""


def handles_of(listing: str) -> Handles:
    """The handles in what nft lists."""
    found: Handles = {}
    for item in json.loads(listing)["nftables"]:
        rule = item.get("rule")
        if rule:
            key = (rule["family"], rule["table"], rule["chain"])
            found.setdefault(key, []).append(rule["handle"])
    return found


def same_rule(decision: Decision, seen: Observation, handles: Handles) -> bool:
    """The kernel's trace names the same rule. Legacy tables are not traced."""
    place = decision.by
    if seen.fate is Fate.ACCEPTED or place is None:
        return True
    if place.table.backend is Backend.IPTABLES_LEGACY:
        return seen.by is None
    chain = (place.table.family.value, place.table.name, place.chain.name)
    rule = place.rule
    handle = rule.handle if rule else None
    if rule and place.table.backend is Backend.IPTABLES_NFT:
        handle = handles[chain][rule.number - 1]
    return seen.by == RulePlace(*chain, handle)


def unknowable(decision: Decision, seen: Observation, way: Way) -> bool:
    """An address that masquerading or a redirect took makes the difference: nothing tells it.

    Where all addresses lead to a refusal, `decide` may name another of the rules that refuse.
    """
    done = _effects(decision)
    masqueraded = any(isinstance(one, Snat) and one.masquerade for one in done)
    redirected = any(isinstance(one, Dnat) and one.redirect for one in done)
    if decision.fate is not Fate.DEPENDS:
        refused = decision.fate is seen.fate is not Fate.ACCEPTED
        return refused and redirected and way is not Way.OUT
    keys = ("saddr", "src") * masqueraded + ("daddr", "dst") * redirected
    return bool(keys) and all(any(key in one for key in keys) for one in decision.depends_on)


def _effects(decision: Decision) -> list[Statement]:
    rules = [place.rule for place in decision.path if place.rule]
    return [part for rule in rules for part in rule.statements]


def _same_kind(one: Disagreement, other: Disagreement) -> bool:
    """Shrinking must not wander from one fault to another."""
    return (
        one.decision.fate is other.decision.fate
        and one.observation.fate is other.observation.fate
        and one.observation.reject is other.observation.reject
    )
