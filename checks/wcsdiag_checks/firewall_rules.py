"""Group FWL, firewall and ports: the host's own rules, and which of them decides."""

from __future__ import annotations

from collections.abc import Iterable

from wcsdiag.facts.rule_sets import HostRules, RuleSets
from wcsdiag.facts.way_out import OutWay, WayOut
from wcsdiag.firewall.model import Backend, Basic, Fate, Ruleset, Table, Way
from wcsdiag.model import (
    Evidence,
    Finding,
    NotApplicable,
    Undetermined,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.net.probe import Outcome
from wcsdiag.registry import Observations, check
from wcsdiag_checks.firewall_seen import STOPPED, cited, mended, told, unknown_matches
from wcsdiag_checks.web_server_seen import NO_PATH, WRONG_URL

_FILTERED = frozenset({*NO_PATH, Outcome.REFUSED, Outcome.RESET})
"""Outcomes of a connection that a rule may have brought about."""


@check(
    "FWL105",
    "The host's own rules let the hook out",
    explained_by=(*WRONG_URL, "URL112", "URL114", "FWL106"),
)
def rules_let_out(way_out: WayOut) -> Observations:
    """Hooks are outgoing connections. Rules for outgoing traffic are rare, and so are forgotten.

    The rules are read and followed for this very packet: source, destination, port, interface
    and the user that WCS runs as. The probe cannot show what a rule about that user does, since
    it is made as the user of SSH.

    Fix
    ---
    Insert a rule before the deciding one: from this host to this web server and port::

        sudo ufw allow out to ADDRESS port PORT proto tcp
        sudo iptables -I OUTPUT -p tcp -d ADDRESS --dport PORT -j ACCEPT
        sudo nft insert rule inet filter output ip daddr ADDRESS tcp dport PORT accept
    """
    for url in dict.fromkeys(way.url.url for way in way_out.ways):
        ways = way_out.of(url)
        others_pass = any(way.passed and not _stopped(way) for way in ways)
        for way in ways:
            yield _judged(way, way_out, others_pass=others_pass)


def _stopped(way: OutWay) -> bool:
    return way.decision is not None and way.decision.fate in STOPPED


def _judged(way: OutWay, all_ways: WayOut, *, others_pass: bool) -> Finding | Undetermined:
    if way.decision is None or all_ways.rules is None:
        return _by_observation(way, all_ways.rules, all_ways.unread)
    if way.decision.fate is Fate.ACCEPTED:
        how = "and the probe connects" if way.passed else "so what stops the probe is elsewhere"
        summary = f"the host's rules let it out to {_place(way)}, {how}"
        return passed(summary, cited(way.decision, all_ways.rules), subject=way.url.url)
    if way.decision.fate is Fate.DEPENDS:
        return _depending(way, all_ways.rules)
    return _stopping(way, all_ways, all_ways.rules, others_pass=others_pass)


def _by_observation(way: OutWay, rules: RuleSets | None, unread: str) -> Finding | Undetermined:
    """Without the rules, an open port is open all the same."""
    tried = Evidence(way.detail or way.outcome.value, f"host: TCP to {_place(way)}")
    if way.passed:
        summary = f"the probe connects to {_place(way)}; the rules themselves were not read"
        return passed(summary, tried, subject=way.url.url)
    if way.route is not None and way.route.error:
        summary = f"there is no route to {_place(way)}, so no packet comes to the rules"
        return passed(summary, tried, subject=way.url.url)
    if way.outcome not in _FILTERED:
        summary = f"nothing shows a rule against {_place(way)}; the rules were not read"
        return passed(summary, tried, subject=way.url.url)
    read = rules is not None and rules.known
    why = "by which interface it leaves is not known" if read else "the rules could not be read"
    return undetermined(
        f"whether the host's own rules stop the way to {_place(way)} is unknown: {why}",
        tried,
        *(rules.why_unknown() if rules is not None and not read else ()),
        *((Evidence(unread, "host: rule sets"),) if unread else ()),
        subject=way.url.url,
        fix=rules.grant() if rules is not None and rules.is_denied else None,
    )


def _depending(way: OutWay, rules: RuleSets) -> Finding | Undetermined:
    assert way.decision is not None
    what = unknown_matches(way.decision)
    seen = cited(way.decision, rules)
    if way.passed or way.outcome not in _FILTERED:
        summary = f"the probe connects to {_place(way)}; for other packets it depends on: {what}"
        return passed(summary, seen, subject=way.url.url)
    reason = f"whether the host's rules let it out to {_place(way)} depends on: {what}"
    return undetermined(reason, seen, subject=way.url.url)


def _stopping(
    way: OutWay, all_ways: WayOut, rules: RuleSets, *, others_pass: bool
) -> Finding | Undetermined:
    assert way.decision is not None
    seen = cited(way.decision, rules)
    detail = "connected" if way.passed else way.detail or way.outcome.value
    probe = Evidence(detail, f"host: TCP to {_place(way)}")
    start = "no way out of the host" if way.way is Way.OUT else "no way on the host itself"
    summary = f"{start} to {_place(way)}: {told(way.decision)}"
    if way.passed:
        if way.of_probe is None or way.of_probe.fate is not Fate.ACCEPTED:
            text = f"the probe connects to {_place(way)}, though its rules read as if they stop it"
            return passed(text, seen, subject=way.url.url)
        name = all_ways.sender_name or "the user of WCS"
        summary += f"; only for {name}, so the probe connects and WCS does not"
    fix = mended(way.decision, rules, way.way)
    if others_pass:
        return warned(summary, seen, probe, subject=way.url.url, fix=fix)
    return failed(summary, seen, probe, subject=way.url.url, fix=fix)


def _place(way: OutWay) -> str:
    return f"{way.address} port {way.port}"


@check("FWL111", "The rules of the host come from one place")
def one_place_of_rules(host_rules: HostRules) -> Observations:
    """nftables and iptables (and iptables of the old and the new kind) each see their own rules
    alone, and the kernel obeys both: what one tool shows open, the other may have closed.

    Fix
    ---
    Keep the rules in one of them, and empty the other's tables::

        sudo nft list ruleset
        sudo iptables-legacy-save
        sudo iptables-nft-save
    """
    rules = host_rules.rules
    if not rules.read:
        raise NotApplicable(rules.why_in_short())
    used = {table.backend: table for table in rules.ruleset.tables if _has_effect(table)}
    shown = Evidence(
        "\n".join(_summed(rules.ruleset, backend) for backend in used) or "no rules at all",
        rules.where,
    )
    names = [backend.value for backend in used]
    if len(used) < 2 and rules.is_denied:
        raise NotApplicable("Not all of the host's rules can be read without root")
    if len(used) < 2 and not rules.known:
        yield undetermined("not all of the host's rules are known", *rules.why_unknown())
    elif len(used) < 2:
        yield passed(f"{names[0] if names else 'Nothing'} holds rules, and nothing else", shown)
    else:
        yield warned(f"{' and '.join(names)} are in use at once: a packet must pass both", shown)


def _has_effect(table: Table) -> bool:
    """True where it can stop a packet or send it elsewhere: an empty table of ACCEPT is none."""
    chains = table.chains.values()
    return any(chain.rules or chain.policy is Basic.DROP for chain in chains)


def _summed(ruleset: Ruleset, backend: Backend) -> str:
    tables = [table for table in ruleset.tables if table.backend is backend and _has_effect(table)]
    return "\n".join(f"{backend.value}: {_name(table)}: {_count(table)} rules" for table in tables)


def _name(table: Table) -> str:
    return f"{table.family.value} {table.name}"


def _count(table: Table) -> int:
    chains: Iterable[int] = (len(chain.rules) for chain in table.chains.values())
    return sum(chains)
