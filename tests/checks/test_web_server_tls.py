"""WEB103 to WEB106: TLS."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from wcsdiag_checks.web_server_tls import (
    certificate_in_time,
    certificate_names_host,
    chain_trusted,
    tls_protocol,
)

from tests.checks.web_facts import SECURE, ended, facts, with_certificate
from wcsdiag.model import CheckResult, Run, Status
from wcsdiag.net.probe import Certificate, Outcome, Phase, Probe, Vantage
from wcsdiag.testing import judge

NOW = datetime.now(UTC)
CERTIFICATE = Certificate(
    "CN=web.example", "CN=ca", ("web.example",), NOW, NOW + timedelta(days=60), "TLSv1.2"
)
GOOD = with_certificate(ended(Phase.HTTP, Outcome.OK, url=SECURE), CERTIFICATE)
ALL = (tls_protocol, chain_trusted, certificate_names_host, certificate_in_time)


def result_of(check: object, probe: Probe) -> CheckResult:
    return judge(check, facts(probe, url=SECURE))


def bad(*problems: Outcome, certificate: Certificate = CERTIFICATE) -> Probe:
    return with_certificate(
        ended(Phase.TLS, problems[0], "text", url=SECURE), certificate, *problems
    )


@pytest.mark.parametrize("check", ALL)
def test_given_a_good_certificate_then_all_pass_with_evidence(check: object) -> None:
    result = result_of(check, GOOD)
    assert result.status is Status.PASS
    assert result.findings[0].evidence


@pytest.mark.parametrize("check", ALL)
def test_given_plain_http_then_tls_does_not_apply(check: object) -> None:
    assert judge(check, facts(ended(Phase.HTTP, Outcome.OK))).run is Run.NOT_APPLICABLE


@pytest.mark.parametrize("check", ALL)
def test_given_no_connection_then_tls_is_skipped_because_of_it(check: object) -> None:
    result = result_of(check, ended(Phase.CONNECT, Outcome.REFUSED, "refused", url=SECURE))
    assert (result.run, result.because) == (Run.SKIPPED, "WEB102")


@pytest.mark.parametrize(
    ("problem", "guilty"),
    [
        (Outcome.TLS_UNTRUSTED, chain_trusted),
        (Outcome.TLS_WRONG_NAME, certificate_names_host),
        (Outcome.TLS_EXPIRED, certificate_in_time),
    ],
)
def test_given_one_problem_then_its_check_alone_fails(problem: Outcome, guilty: object) -> None:
    failing = [check for check in ALL if result_of(check, bad(problem)).status is not Status.PASS]
    assert failing == [guilty]
    assert result_of(guilty, bad(problem)).status is Status.FAIL


def test_the_trust_is_said_to_be_the_operators() -> None:
    finding = result_of(chain_trusted, bad(Outcome.TLS_UNTRUSTED)).findings[0]
    assert "the operator's trust store" in finding.evidence[0].text


@pytest.mark.parametrize(
    ("start", "end", "status", "words"),
    [
        (-90, -1, Status.FAIL, "expired on"),
        (1, 90, Status.FAIL, "valid only from"),
        (-90, 10, Status.WARN, "expires in 9 days"),
        (-90, 15, Status.PASS, "valid until"),
    ],
)
def test_the_dates_decide(start: int, end: int, status: Status, words: str) -> None:
    dates = (NOW + timedelta(days=start), NOW + timedelta(days=end))
    certificate = replace(CERTIFICATE, not_before=dates[0], not_after=dates[1])
    problems = (Outcome.TLS_EXPIRED,) if status is Status.FAIL else (Outcome.OK,)
    finding = result_of(certificate_in_time, bad(*problems, certificate=certificate)).findings[0]
    assert finding.status is status
    assert words in finding.summary


def test_given_tls13_alone_then_the_protocol_fails_with_both_sides_named() -> None:
    probe = replace(bad(Outcome.TLS_PROTOCOL), protocol="TLSv1.3")
    finding = result_of(tls_protocol, probe).findings[0]
    assert finding.status is Status.FAIL
    assert "takes TLSv1.3, and WCS offers TLSv1, TLSv1.1, TLSv1.2" in finding.summary


def test_given_unknown_protocols_of_wcs_then_tls13_is_undetermined() -> None:
    probe = replace(GOOD, protocols=(), protocol="TLSv1.3")
    assert result_of(tls_protocol, probe).run is Run.UNDETERMINED
    assert result_of(tls_protocol, replace(GOOD, protocols=())).status is Status.PASS


def test_given_no_tls_on_the_port_then_the_fix_is_another_url() -> None:
    probe = ended(
        Phase.TLS,
        Outcome.TLS_FAILED,
        "[SSL: WRONG_VERSION_NUMBER] wrong version number",
        url=SECURE,
    )
    finding = result_of(tls_protocol, probe).findings[0]
    assert finding.fix is not None
    assert finding.fix.commands == ('update app -l "http://web.example/hooks" myApp',)
    result = result_of(chain_trusted, probe)
    assert (result.run, result.because) == (Run.SKIPPED, "WEB103")


def test_given_a_reset_in_the_handshake_then_the_protocol_fails() -> None:
    probe = ended(Phase.TLS, Outcome.RESET, "Connection reset by peer", url=SECURE)
    assert result_of(tls_protocol, probe).status is Status.FAIL


def test_given_denied_forwarding_then_the_operators_view_is_judged() -> None:
    denied = ended(Phase.CONNECT, Outcome.FORWARDING_DENIED, "open failed", url=SECURE)
    operator = replace(bad(Outcome.TLS_EXPIRED), vantage=Vantage.OPERATOR)
    result = judge(chain_trusted, facts(denied, operator, url=SECURE))
    assert result.status is Status.PASS
    assert result.findings[0].evidence[0].where.startswith("operator:")
