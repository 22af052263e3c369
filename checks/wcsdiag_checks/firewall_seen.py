"""What the checks over rule sets share: how a decision is told, cited, and mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wcsdiag.facts.rule_sets import RuleSets
from wcsdiag.facts.way_in import WayIn
from wcsdiag.facts.way_out import WayOut
from wcsdiag.firewall.describe import describe
from wcsdiag.firewall.fix import opening
from wcsdiag.firewall.flow import Flow
from wcsdiag.firewall.model import Backend, Decision, Fate, Place, Way
from wcsdiag.firewall.owner import owner_of
from wcsdiag.model import Evidence, Fix, NotApplicable, Unavailable

MACHINE = ("FWL105", "FWL106", "FWL107", "FWL108", "FWL112")
"""Codes that name what on one of the two machines stands in the way: they explain what is seen."""

STOPPED = frozenset({Fate.DROPPED, Fate.REJECTED})

_MOST_OF_PATH = 12
_PROGRAMS = {
    Backend.NFT: "nft list ruleset",
    Backend.IPTABLES_NFT: "iptables-save",
    Backend.IPTABLES_LEGACY: "iptables-legacy-save",
}


@dataclass(frozen=True)
class RulesAccept:
    """Which machines' rules, as far as they were read, let a hook to one REST URL pass."""

    host: bool
    web_server: bool
    evidence: tuple[Evidence, ...]
    grant: Fix | None = None
    """What would let wcsdiag read the host's rules, where it is a permission that is missing."""


def rules_accept(
    url: str,
    way_out: WayOut | Unavailable | NotApplicable,
    way_in: WayIn | Unavailable | NotApplicable,
) -> RulesAccept:
    """What the rules of both machines say of one REST URL, at every address that was tried."""
    out = [way.decision for way in way_out.of(url)] if isinstance(way_out, WayOut) else []
    into = [way.decision for way in way_in.of(url)] if isinstance(way_in, WayIn) else []
    evidence = []
    if isinstance(way_out, WayOut) and way_out.rules is not None:
        evidence += [cited(each, way_out.rules) for each in out[:1] if each is not None]
    if isinstance(way_in, WayIn):
        evidence += [cited(each, way_in.rules) for each in into[:1] if each is not None]
    rules = way_out.rules if isinstance(way_out, WayOut) else None
    grant = rules.grant() if rules is not None and rules.is_denied else None
    return RulesAccept(_all_accept(out), _all_accept(into), tuple(evidence), grant)


def _all_accept(decisions: Sequence[Decision | None]) -> bool:
    accepting = [each is not None and each.fate is Fate.ACCEPTED for each in decisions]
    return bool(accepting) and all(accepting)


def told(decision: Decision) -> str:
    """The deciding rule in one line: what it does, and which it is."""
    how = f" ({decision.reject.value})" if decision.reject is not None else ""
    verb = "drop" if decision.fate is Fate.DROPPED else "reject"
    if decision.by is None:
        return f"the rules {verb} it{how}"
    return f"{verb}{'ped' if verb == 'drop' else 'ed'}{how} by {describe(decision.by)}"


def cited(decision: Decision, rules: RuleSets) -> Evidence:
    """The rules on the way to the verdict, the deciding one last."""
    places = list(decision.path)
    if decision.by is not None and decision.by not in places:
        places.append(decision.by)
    lines = [describe(place) for place in places[-_MOST_OF_PATH:]]
    if len(places) > len(lines):
        lines.insert(0, f"... {len(places) - len(lines)} rules before these")
    return Evidence("\n".join(lines) or "no rule had a say", _where(places, rules))


def _where(places: Sequence[Place], rules: RuleSets) -> str:
    """The programs that tell these places; all that were asked where there are none."""
    told_by = dict.fromkeys(_PROGRAMS[place.table.backend] for place in places)
    return f"{rules.machine}: {', '.join(told_by)}" if told_by else rules.where


def mended(decision: Decision, rules: RuleSets, way: Way, flow: Flow | None = None) -> Fix | None:
    """The least that lets the packet through, in the language of the rules' front end.

    `flow` is what to open where that is more than the flow of the packet.
    """
    if decision.by is None:
        return None
    owner = owner_of(decision.by, rules.ruleset)
    fix = opening(decision.by, owner, decision.packet, way, flow)
    return Fix(
        f"On the {rules.machine}, as root: {fix.text[:1].lower()}{fix.text[1:]}", fix.commands
    )


def unknown_matches(decision: Decision) -> str:
    """The matches on which it depends, for a sentence."""
    return ", ".join(decision.depends_on[:5]) or "something that is not known"
