"""WEB101, WEB102 and WEB113: reaching the web server."""

from __future__ import annotations

from dataclasses import replace

import pytest
from wcsdiag_checks.web_server import accepts_connections, name_resolves, vantages_agree

from tests.checks.web_facts import ADDRESS, NO_SSH, PLAIN, SECURE, TARGET, ended, facts
from wcsdiag.model import CheckResult, Run, Status
from wcsdiag.net.probe import AddressAttempt, Outcome, Phase, Probe, Vantage
from wcsdiag.testing import judge

GOOD = ended(Phase.HTTP, Outcome.OK)
OPERATOR_GOOD = replace(GOOD, vantage=Vantage.OPERATOR)


def name(host: Probe) -> CheckResult:
    return judge(name_resolves, TARGET, facts(host))


def connection(host: Probe, operator: Probe | None = None, url: str = PLAIN) -> CheckResult:
    return judge(accepts_connections, TARGET, facts(host, operator, url=url))


def test_given_a_name_that_resolves_then_it_passes_with_the_addresses() -> None:
    result = name(GOOD)
    assert result.status is Status.PASS
    assert result.findings[0].evidence[0].text == ADDRESS


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.NAME_NOT_FOUND, "does not exist"),
        (Outcome.NAME_SERVER_FAILED, "name servers fail"),
        (Outcome.TIMED_OUT, "wcsdiag's limit"),
    ],
)
def test_given_a_dead_name_then_it_fails_and_says_why(outcome: Outcome, words: str) -> None:
    result = name(ended(Phase.NAME, outcome, "web.example: no"))
    assert result.status is Status.FAIL
    assert words in result.findings[0].summary
    assert result.findings[0].subject == PLAIN
    assert result.findings[0].fix is not None
    assert "ssh wcs1 getent ahosts web.example" in result.findings[0].fix.commands


def test_given_a_lost_host_then_the_name_is_undetermined() -> None:
    assert name(ended(Phase.NAME, Outcome.FAILED, "lost")).run is Run.UNDETERMINED


def test_given_no_ssh_then_the_name_is_skipped_because_of_that() -> None:
    result = judge(name_resolves, TARGET, facts(NO_SSH))
    assert (result.run, result.because) == (Run.SKIPPED, "HST101")


def test_given_an_open_port_then_the_connection_passes() -> None:
    assert connection(GOOD).status is Status.PASS


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.REFUSED, "refuses connections: nothing listens there, or a firewall rejects"),
        (Outcome.TIMED_OUT, "does not answer within wcsdiag's limit"),
        (Outcome.NO_ROUTE, "no route"),
        (Outcome.NET_UNREACHABLE, "unreachable"),
    ],
)
def test_given_no_connection_then_it_fails_and_says_how(outcome: Outcome, words: str) -> None:
    result = connection(ended(Phase.CONNECT, outcome, "literal text"))
    assert result.status is Status.FAIL
    assert words in result.findings[0].summary
    assert "literal text" in result.findings[0].evidence[0].text


def test_given_the_operator_connects_then_the_fix_is_about_a_filter() -> None:
    result = connection(ended(Phase.CONNECT, Outcome.REFUSED, "refused"), OPERATOR_GOOD)
    fix = result.findings[0].fix
    assert fix is not None
    assert "outgoing rules" in fix.text


def test_given_one_address_of_two_that_refuses_then_it_warns() -> None:
    attempts = (
        AddressAttempt("192.0.2.1", 9091, Outcome.REFUSED, 0.01, "refused"),
        AddressAttempt("192.0.2.2", 9091, Outcome.OK, 0.01),
    )
    result = connection(replace(GOOD, attempts=attempts))
    assert result.status is Status.WARN
    assert "192.0.2.1" in result.findings[0].summary


def test_given_forwarding_is_denied_then_the_connection_is_undetermined() -> None:
    result = connection(ended(Phase.CONNECT, Outcome.FORWARDING_DENIED, "open failed"))
    assert result.run is Run.UNDETERMINED
    assert result.undetermined[0].fix is not None


def test_given_forwarding_is_denied_and_a_program_connects_then_it_says_what_is_missing() -> None:
    denied = ended(Phase.HTTP, Outcome.FORWARDING_DENIED, "open failed")
    result = connection(replace(denied, tool="bash"))
    assert result.run is Run.UNDETERMINED
    assert [finding.status for finding in result.findings] == [Status.PASS]
    assert "bash on the host connects" in result.undetermined[0].reason


def test_given_a_lost_host_then_the_connection_is_undetermined() -> None:
    result = connection(ended(Phase.CONNECT, Outcome.FAILED, "the connection was lost"))
    assert result.run is Run.UNDETERMINED


def test_given_a_dead_name_then_the_connection_is_skipped_because_of_it() -> None:
    result = connection(ended(Phase.NAME, Outcome.NAME_NOT_FOUND, "no"))
    assert (result.run, result.because) == (Run.SKIPPED, "WEB101")


@pytest.mark.parametrize(
    ("host", "operator", "status", "words"),
    [
        (Outcome.OK, Outcome.OK, Status.PASS, "both"),
        (Outcome.OK, Outcome.TIMED_OUT, Status.PASS, "only the host"),
        (Outcome.TIMED_OUT, Outcome.OK, Status.FAIL, "the operator reaches it and the host does"),
        (Outcome.REFUSED, Outcome.REFUSED, Status.PASS, "from the operator as well"),
    ],
)
def test_the_four_cases_of_two_vantages(
    host: Outcome, operator: Outcome, status: Status, words: str
) -> None:
    result = judge(
        vantages_agree,
        facts(
            ended(Phase.CONNECT, host, "text"),
            ended(Phase.CONNECT, operator, "text", vantage=Vantage.OPERATOR),
        ),
    )
    assert result.status is status
    assert words in result.findings[0].summary


def test_given_one_vantage_then_the_comparison_does_not_apply() -> None:
    assert judge(vantages_agree, facts(GOOD)).run is Run.NOT_APPLICABLE


def test_given_the_same_objection_to_the_certificate_then_both_reach_it() -> None:
    host = ended(Phase.TLS, Outcome.TLS_UNTRUSTED, "text", url=SECURE)
    operator = replace(host, vantage=Vantage.OPERATOR)
    result = judge(vantages_agree, facts(host, operator, url=SECURE))
    assert result.status is Status.PASS
    assert "object to its certificate" in result.findings[0].summary


def test_given_denied_forwarding_then_what_a_tool_connected_to_is_compared() -> None:
    denied = ended(Phase.HTTP, Outcome.FORWARDING_DENIED, "open failed")
    by_tool = replace(denied, tool="bash")
    assert judge(vantages_agree, facts(by_tool, OPERATOR_GOOD)).status is Status.PASS
    assert judge(vantages_agree, facts(denied, OPERATOR_GOOD)).run is Run.SKIPPED
