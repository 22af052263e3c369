"""FWL105 and FWL111: the host's own rules."""

from __future__ import annotations

import pytest
from wcsdiag_checks.firewall_rules import one_place_of_rules, rules_let_out

from tests.checks.firewall_facts import (
    DROP_TEXT,
    DROPPING,
    SUBJECT,
    UNREADABLE,
    decided,
    route,
    table_of,
    way_out,
)
from wcsdiag.facts.rule_sets import HostRules, RuleSets
from wcsdiag.firewall.model import Backend, Basic, Family, Fate, Ruleset, Table
from wcsdiag.model import Run, Status
from wcsdiag.net.probe import Outcome
from wcsdiag.testing import judge

DROPPED, ACCEPTED = decided(Fate.DROPPED), decided(Fate.ACCEPTED)
DEPENDING = decided(Fate.DEPENDS, DROPPING, "meta cgroup 5")


def test_given_a_rule_that_drops_then_it_fails_and_names_the_rule() -> None:
    result = judge(rules_let_out, way_out(Outcome.TIMED_OUT, DROPPED))
    (finding,) = result.findings
    assert finding.status is Status.FAIL
    assert "OUTPUT" in finding.summary
    assert DROP_TEXT in finding.evidence[0].text
    assert finding.fix is not None
    assert finding.subject == SUBJECT


def test_given_rules_that_accept_then_it_passes_though_the_probe_fails() -> None:
    result = judge(rules_let_out, way_out(Outcome.TIMED_OUT, ACCEPTED))
    assert result.status is Status.PASS
    assert "elsewhere" in result.findings[0].summary


def test_given_a_rule_about_the_user_of_wcs_then_it_fails_though_the_probe_connects() -> None:
    result = judge(rules_let_out, way_out(Outcome.OK, DROPPED, of_probe=ACCEPTED))
    assert result.status is Status.FAIL
    assert "only for flashphoner" in result.findings[0].summary


def test_given_rules_that_contradict_what_was_seen_then_what_was_seen_counts() -> None:
    assert judge(rules_let_out, way_out(Outcome.OK, DROPPED)).status is Status.PASS


@pytest.mark.parametrize("outcome", [Outcome.TIMED_OUT, Outcome.REFUSED, Outcome.NO_ROUTE])
def test_given_unreadable_rules_and_no_connection_then_it_is_undetermined_and_says_what_to_grant(
    outcome: Outcome,
) -> None:
    result = judge(rules_let_out, way_out(outcome, None, rules=UNREADABLE))
    assert result.run is Run.UNDETERMINED
    fix = result.undetermined[0].fix
    assert fix is not None
    assert fix.commands[0].startswith("monitor ALL=(root) NOPASSWD: /usr/sbin/nft -j list ruleset")


def test_given_unreadable_rules_and_a_connection_then_it_passes_by_observation() -> None:
    assert judge(rules_let_out, way_out(Outcome.OK, None, rules=UNREADABLE)).status is Status.PASS


def test_given_no_route_then_the_rules_have_no_say() -> None:
    ways = way_out(Outcome.NO_ROUTE, None, known_route=route("Network is unreachable"))
    assert judge(rules_let_out, ways).status is Status.PASS


def test_given_an_unknown_match_then_it_is_undetermined_and_names_the_match() -> None:
    result = judge(rules_let_out, way_out(Outcome.TIMED_OUT, DEPENDING))
    assert result.run is Run.UNDETERMINED
    assert "meta cgroup 5" in result.undetermined[0].reason


def test_given_an_unknown_match_and_a_connection_then_it_passes() -> None:
    assert judge(rules_let_out, way_out(Outcome.OK, DEPENDING)).status is Status.PASS


def rules_of(*tables: Table, read: tuple[str, ...] = ("nft",)) -> HostRules:
    return HostRules(RuleSets("host", Ruleset(tables), read))


def native() -> Table:
    table = table_of(Basic.DROP)
    return Table(Backend.NFT, Family.INET, "filter", table.chains)


def test_given_nft_and_iptables_in_use_then_it_warns() -> None:
    result = judge(one_place_of_rules, rules_of(DROPPING, native()))
    assert result.status is Status.WARN
    assert "nftables" in result.findings[0].summary


def test_given_one_kind_of_rules_then_it_passes() -> None:
    assert judge(one_place_of_rules, rules_of(DROPPING)).status is Status.PASS


def test_given_an_empty_table_of_the_other_kind_then_it_passes() -> None:
    empty = Table(Backend.NFT, Family.INET, "filter", {})
    assert judge(one_place_of_rules, rules_of(DROPPING, empty)).status is Status.PASS


def test_given_unreadable_rules_then_their_places_do_not_matter() -> None:
    assert judge(one_place_of_rules, rules_of(read=())).run is Run.NOT_APPLICABLE
