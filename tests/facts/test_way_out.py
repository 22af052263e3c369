"""The host's rules applied to the addresses that were probed."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from tests.checks.firewall_facts import DROPPING, HOST, probes, route, table_of
from tests.checks.web_facts import ADDRESS, NO_SSH, facts
from wcsdiag.facts.routes import HostRoutes, Owner, Route, RouteTable
from wcsdiag.facts.rule_sets import HostRules, RuleSets
from wcsdiag.facts.way_out import OutWay, way_out
from wcsdiag.firewall.model import AnyOf, Basic, Fate, Hook, Key, Ruleset, Table, Way
from wcsdiag.model import NotApplicable, Unavailable
from wcsdiag.net.probe import Outcome

LOCAL = Route(ip_address(ADDRESS), "local", "lo", ip_address(ADDRESS), is_local=True)


def rules(*tables: Table, refused: tuple[str, ...] = ()) -> HostRules:
    return HostRules(RuleSets("host", Ruleset(tables), ("iptables-nft-save",), refused))


def routes(to: Route | None = None) -> HostRoutes:
    known = to or route()
    table = RouteTable(
        "host",
        {known.destination: known},
        {ip_address(HOST): "eth0"},
        own=Owner(0, 0),
        users={"flashphoner": Owner(998, 998)},
    )
    return HostRoutes(table, "flashphoner")


def out(given: HostRules | Unavailable, to: Route | None = None) -> OutWay:
    (way,) = way_out(probes(Outcome.TIMED_OUT), given, routes(to)).ways
    return way


def test_given_a_rule_on_the_port_then_it_decides() -> None:
    way = out(rules(DROPPING))
    assert way.decision is not None
    assert way.decision.fate is Fate.DROPPED
    assert way.decision.by is not None
    assert way.way is Way.OUT


def test_given_a_rule_about_the_user_of_wcs_then_our_probe_fares_otherwise() -> None:
    owner = table_of(AnyOf(Key.SKUID, (998,)), Basic.DROP)
    way = out(rules(owner))
    assert way.decision is not None
    assert way.of_probe is not None
    assert (way.decision.fate, way.of_probe.fate) == (Fate.DROPPED, Fate.ACCEPTED)


def test_given_a_url_of_the_host_itself_then_the_rules_for_what_comes_in_decide_too() -> None:
    way = out(rules(table_of(AnyOf(Key.DPORT, (9091,)), Basic.DROP, hook=Hook.INPUT)), LOCAL)
    assert way.decision is not None
    assert way.decision.fate is Fate.DROPPED
    assert way.way is Way.IN


@pytest.mark.parametrize(
    "given", [rules(refused=("nft: no",)), Unavailable("lost", because="FWL105")]
)
def test_given_unknown_rules_then_nothing_is_decided(given: HostRules | Unavailable) -> None:
    assert out(given).decision is None


def test_given_a_drop_then_rules_that_could_not_be_read_do_not_change_it() -> None:
    way = out(rules(DROPPING, refused=("ip6tables: not permitted",)))
    assert way.decision is not None
    assert way.decision.fate is Fate.DROPPED


def test_given_no_route_then_nothing_is_decided() -> None:
    assert out(rules(DROPPING), route("Network is unreachable")).decision is None


def test_given_no_probe_then_it_does_not_apply() -> None:
    with pytest.raises(NotApplicable):
        way_out(facts(NO_SSH), rules(), routes())
