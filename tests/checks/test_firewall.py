"""FWL101: what stands between the host and the web server."""

from __future__ import annotations

from dataclasses import replace

import pytest
from wcsdiag_checks.firewall import nothing_filters

from tests.checks.firewall_facts import decided, way_in, way_out
from tests.checks.web_facts import NO_SSH, TARGET, ended, facts
from wcsdiag.facts.probes import WebServerProbes
from wcsdiag.facts.sockets import ListeningSocket, ListeningSockets
from wcsdiag.facts.way_in import WayIn
from wcsdiag.facts.way_out import WayOut
from wcsdiag.firewall.model import Fate
from wcsdiag.model import CheckResult, NotApplicable, Run, Status, Unavailable
from wcsdiag.net.probe import AddressAttempt, Outcome, Phase, Vantage
from wcsdiag.testing import absent, judge

NO_SOCKETS = Unavailable("no ss", because="HST101")
LOOPBACK = "http://127.0.0.1:8081/apps/EchoApp"


NO_WAY_OUT = absent(WayOut, NotApplicable("not asked"))
NO_WAY_IN = absent(WayIn, NotApplicable("no --web-ssh"))
ACCEPTED = decided(Fate.ACCEPTED)


def result_of(
    probes: WebServerProbes,
    sockets: ListeningSockets | Unavailable = NO_SOCKETS,
    out: object = NO_WAY_OUT,
    into: object = NO_WAY_IN,
) -> CheckResult:
    given = absent(ListeningSockets, sockets) if isinstance(sockets, Unavailable) else sockets
    return judge(nothing_filters, TARGET, probes, given, out, into)


def test_given_an_open_port_then_nothing_filters() -> None:
    assert result_of(facts(ended(Phase.HTTP, Outcome.OK))).status is Status.PASS


@pytest.mark.parametrize("outcome", [Outcome.TIMED_OUT, Outcome.NO_ROUTE, Outcome.NET_UNREACHABLE])
def test_given_no_way_then_it_fails_with_the_candidates(outcome: Outcome) -> None:
    result = result_of(facts(ended(Phase.CONNECT, outcome, "literal text")))
    assert result.status is Status.FAIL
    assert result.findings[0].fix is not None
    assert "ssh wcs1 ip route get 192.0.2.1" in result.findings[0].fix.commands


def test_given_the_operator_gets_through_then_the_rules_for_the_host_are_named() -> None:
    host = ended(Phase.CONNECT, Outcome.TIMED_OUT, "no answer")
    operator = ended(Phase.HTTP, Outcome.OK, vantage=Vantage.OPERATOR)
    (finding,) = result_of(facts(host, operator)).findings
    assert "the host's outgoing rules" in finding.summary


def test_given_the_kernel_forbids_it_then_the_hosts_own_rules_are_named() -> None:
    host = ended(Phase.CONNECT, Outcome.NO_ROUTE, "Operation not permitted")
    (finding,) = result_of(facts(host)).findings
    assert "the host's own rules forbid it" in finding.summary


def test_given_a_refusal_then_it_is_undetermined_what_refused() -> None:
    result = result_of(facts(ended(Phase.CONNECT, Outcome.REFUSED, "Connection refused")))
    assert result.run is Run.UNDETERMINED
    assert "look alike" in result.undetermined[0].reason


def test_given_the_hosts_rules_accept_then_the_filter_is_elsewhere() -> None:
    timed_out = facts(ended(Phase.CONNECT, Outcome.TIMED_OUT, "no answer"))
    (finding,) = result_of(timed_out, out=way_out(Outcome.TIMED_OUT, ACCEPTED)).findings
    assert finding.status is Status.FAIL
    assert "not by a rule on this host" in finding.summary
    assert finding.fix is not None
    assert "--web-ssh" in finding.fix.text


def test_given_the_rules_of_both_accept_then_the_network_is_named() -> None:
    timed_out = facts(ended(Phase.CONNECT, Outcome.TIMED_OUT, "no answer"))
    ways = way_out(Outcome.TIMED_OUT, ACCEPTED), way_in(Outcome.TIMED_OUT, ACCEPTED)
    (finding,) = result_of(timed_out, NO_SOCKETS, *ways).findings
    assert "in the network between them" in finding.summary


def test_given_a_refusal_that_no_rule_explains_then_no_filter_is_blamed() -> None:
    refused = facts(ended(Phase.CONNECT, Outcome.REFUSED, "refused"))
    ways = way_out(Outcome.REFUSED, ACCEPTED), way_in(Outcome.REFUSED, ACCEPTED)
    assert result_of(refused, NO_SOCKETS, *ways).status is Status.PASS


def loopback(outcome: Outcome) -> WebServerProbes:
    probe = ended(Phase.CONNECT, outcome, "text", url=LOOPBACK)
    attempts = (AddressAttempt("127.0.0.1", 8081, outcome, 0.01, "text"),)
    return facts(replace(probe, attempts=attempts, addresses=("127.0.0.1",)), url=LOOPBACK)


def test_given_a_closed_port_of_the_host_itself_then_no_filter_is_needed_to_explain_it() -> None:
    sockets = ListeningSockets((ListeningSocket("192.0.2.7", 8081),), "host: ss")
    assert result_of(loopback(Outcome.REFUSED), sockets).status is Status.PASS


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::"])
@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.TIMED_OUT])
def test_given_a_listening_port_of_the_host_that_refuses_then_a_rule_filters(
    address: str, outcome: Outcome
) -> None:
    sockets = ListeningSockets((ListeningSocket(address, 8081),), "host: ss")
    assert result_of(loopback(outcome), sockets).status is Status.FAIL


def test_given_denied_forwarding_then_the_way_is_undetermined() -> None:
    denied = ended(Phase.CONNECT, Outcome.FORWARDING_DENIED, "open failed")
    assert result_of(facts(denied)).run is Run.UNDETERMINED


@pytest.mark.parametrize(
    ("probes", "because"),
    [
        (facts(NO_SSH), "HST101"),
        (facts(ended(Phase.NAME, Outcome.NAME_NOT_FOUND, "no")), "WEB101"),
    ],
)
def test_given_nothing_to_connect_to_then_it_is_skipped(
    probes: WebServerProbes, because: str
) -> None:
    result = result_of(probes)
    assert (result.run, result.because) == (Run.SKIPPED, because)
