"""FWL107, FWL108 and FWL112: the web server's own machine."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest
from wcsdiag_checks.firewall_web import (
    allowed_source_is_seen,
    listens_where_it_arrives,
    rules_let_in,
)

from tests.checks.firewall_facts import (
    DROPPING,
    UNREADABLE,
    decided,
    probes,
    table_of,
    way_in,
)
from tests.checks.web_facts import ADDRESS, TARGET
from wcsdiag.facts.routes import RouteTable
from wcsdiag.facts.rule_sets import RuleSets
from wcsdiag.facts.way_in import WayIn
from wcsdiag.facts.web_machine import Egress, WebListening, WebServerMachine, web_listening_of
from wcsdiag.firewall.model import AnyOf, Basic, Fate, Hook, Key, Ruleset
from wcsdiag.model import CheckResult, Run, Status, Unavailable
from wcsdiag.net.probe import Outcome
from wcsdiag.target import WebSsh
from wcsdiag.testing import absent, judge

DROPPED, ACCEPTED = decided(Fate.DROPPED), decided(Fate.ACCEPTED)
HERE = WebServerMachine(RouteTable("web server", {}, {ip_address(ADDRESS): "eth0"}))
ELSEWHERE = WebServerMachine(RouteTable("web server", {}))
WITH_WEB = replace(TARGET, web_ssh=WebSsh("web1"))


def test_given_a_rule_that_drops_then_it_fails_and_names_it() -> None:
    result = judge(rules_let_in, way_in(Outcome.TIMED_OUT, DROPPED))
    assert result.status is Status.FAIL
    assert "198.51.100.7 to 192.0.2.1 port 9091" in result.findings[0].summary
    assert result.findings[0].fix is not None


@pytest.mark.parametrize("decision", [ACCEPTED, DROPPED])
def test_given_a_connection_then_it_passes(decision: object) -> None:
    assert judge(rules_let_in, way_in(Outcome.OK, DROPPED)).status is Status.PASS


def test_given_rules_that_accept_then_it_passes_though_the_probe_fails() -> None:
    assert judge(rules_let_in, way_in(Outcome.TIMED_OUT, ACCEPTED)).status is Status.PASS


@pytest.mark.parametrize(
    "found",
    [
        way_in(Outcome.TIMED_OUT, None, UNREADABLE),
        way_in(Outcome.TIMED_OUT, decided(Fate.DEPENDS, DROPPING, "ct mark 7")),
        way_in(Outcome.TIMED_OUT, None, source=None),
    ],
)
def test_given_rules_that_do_not_tell_then_it_is_undetermined(found: WayIn) -> None:
    assert judge(rules_let_in, found).run is Run.UNDETERMINED


def test_given_no_way_onto_the_machine_then_it_is_undetermined_and_its_sources_do_not_apply() -> (
    None
):
    gone = absent(WayIn, Unavailable("the login was refused", because="FWL107"))
    assert judge(rules_let_in, gone).run is Run.UNDETERMINED
    assert judge(allowed_source_is_seen, gone, UNSEEN).run is Run.NOT_APPLICABLE


def test_given_a_machine_that_the_address_does_not_lead_to_then_its_rules_tell_nothing() -> None:
    found = way_in(Outcome.TIMED_OUT, None)
    elsewhere = replace(found, ways=tuple(replace(way, here=False) for way in found.ways))
    result = judge(rules_let_in, elsewhere)
    assert result.run is Run.UNDETERMINED
    assert "not an address of the machine of --web-ssh" in result.undetermined[0].reason


UNSEEN = Egress(None, (), "nobody was seen")
LEADS_HERE = replace(UNSEEN, arrived_at=frozenset({ip_address(ADDRESS)}))


def listening(
    rows: str, outcome: Outcome, machine: WebServerMachine = HERE, egress: Egress = UNSEEN
) -> CheckResult:
    found = web_listening_of(rows)
    return judge(listens_where_it_arrives, WITH_WEB, probes(outcome), found, machine, egress)


NGINX = 'users:(("nginx",pid=7,fd=6))'


@pytest.mark.parametrize("address", ["0.0.0.0:9091", "*:9091", "192.0.2.1:9091", ":::9091"])
def test_given_a_socket_that_takes_it_then_it_passes(address: str) -> None:
    result = listening(f"LISTEN 0 511 {address} 0.0.0.0:* {NGINX}", Outcome.TIMED_OUT)
    assert result.status is Status.PASS
    assert "nginx" in result.findings[0].evidence[0].text


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (f"LISTEN 0 511 127.0.0.1:9091 0.0.0.0:* {NGINX}", "its own machine alone (loopback)"),
        (f"LISTEN 0 511 10.9.9.9:9091 0.0.0.0:* {NGINX}", "not on 192.0.2.1"),
        (f"LISTEN 0 511 [::]:9091 [::]:* {NGINX}", "for IPv6 alone, not on 192.0.2.1"),
        (f"LISTEN 0 511 0.0.0.0:80 0.0.0.0:* {NGINX}", "nothing listens on port 9091"),
    ],
)
def test_given_no_socket_that_takes_it_then_it_fails_and_says_which(rows: str, words: str) -> None:
    result = listening(rows, Outcome.REFUSED)
    assert result.status is Status.FAIL
    assert words in result.findings[0].summary
    assert result.findings[0].fix is not None
    assert result.findings[0].fix.commands == ("ssh web1 sudo ss -tlnp",)


def test_given_an_address_of_another_machine_then_it_is_undetermined() -> None:
    assert listening("", Outcome.REFUSED, ELSEWHERE).run is Run.UNDETERMINED


def test_given_an_answer_of_another_machine_then_it_warns_that_it_may_be_the_wrong_one() -> None:
    result = listening("", Outcome.OK, ELSEWHERE)
    assert result.status is Status.WARN
    assert "the wrong machine" in result.findings[0].summary


def test_given_an_address_that_is_seen_to_lead_there_then_it_passes_where_it_answers() -> None:
    assert listening("", Outcome.OK, ELSEWHERE, LEADS_HERE).status is Status.PASS
    assert listening("", Outcome.REFUSED, ELSEWHERE, LEADS_HERE).run is Run.UNDETERMINED


def test_given_no_list_of_sockets_then_it_is_undetermined_where_it_matters() -> None:
    gone = absent(WebListening, Unavailable("no ss", because="FWL108"))
    refused = judge(listens_where_it_arrives, WITH_WEB, probes(Outcome.REFUSED), gone, HERE, UNSEEN)
    open_port = judge(listens_where_it_arrives, WITH_WEB, probes(Outcome.OK), gone, HERE, UNSEEN)
    assert (refused.run, open_port.run) == (Run.UNDETERMINED, Run.NOT_APPLICABLE)


OPENED = table_of(
    AnyOf(Key.SADDR, (ip_address("198.51.100.99"),)),
    AnyOf(Key.DPORT, (9091,)),
    Basic.ACCEPT,
    text="-A INPUT -s 198.51.100.99/32 -p tcp --dport 9091 -j ACCEPT",
    hook=Hook.INPUT,
)
OPENED_RULES = RuleSets("web server", Ruleset((OPENED,)), ("iptables-nft-save",))
EGRESS = Egress(ip_address("198.51.100.7"), (), "a connection from the host to port 22")


def source(found: WayIn, egress: Egress = EGRESS) -> CheckResult:
    return judge(allowed_source_is_seen, found, egress)


def test_given_a_port_opened_for_another_source_then_it_fails_with_both() -> None:
    result = source(way_in(Outcome.TIMED_OUT, DROPPED, OPENED_RULES, seen=True))
    assert result.status is Status.FAIL
    assert "sees 198.51.100.7" in result.findings[0].summary
    assert "allow 198.51.100.99" in result.findings[0].summary


def test_given_a_port_opened_for_this_source_then_it_passes() -> None:
    found = way_in(Outcome.OK, ACCEPTED, OPENED_RULES, source="198.51.100.99")
    assert source(found).status is Status.PASS


def test_given_rules_that_name_no_source_then_it_does_not_apply() -> None:
    assert source(way_in(Outcome.TIMED_OUT, DROPPED)).run is Run.NOT_APPLICABLE


def test_given_a_translated_source_that_nobody_saw_then_it_is_undetermined() -> None:
    found = way_in(Outcome.TIMED_OUT, DROPPED, OPENED_RULES, source="10.0.0.7")
    (way,) = found.ways
    public = replace(way, address=ip_address("93.184.216.34"))
    assert source(replace(found, ways=(public,))).run is Run.UNDETERMINED
