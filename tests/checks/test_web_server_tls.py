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

from tests.checks.web_facts import NO_LOG, SECURE, ended, facts, with_certificate
from wcsdiag.facts.log_reading import FileWindow
from wcsdiag.facts.log_window import LogWindow, Window
from wcsdiag.logs.dates import DatedRecord
from wcsdiag.logs.errors_seen import LoggedError
from wcsdiag.logs.java import JavaException
from wcsdiag.logs.known import KNOWN
from wcsdiag.logs.records import parse
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
    return judge(check, facts(probe, url=SECURE), NO_LOG)


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
    assert judge(check, facts(ended(Phase.HTTP, Outcome.OK)), NO_LOG).run is Run.NOT_APPLICABLE


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
    probes, log = facts(bad(problem), url=SECURE), log_of(failed=NOW)
    failing = [check for check in ALL if judge(check, probes, log).status is not Status.PASS]
    assert failing == [guilty]
    assert judge(guilty, probes, log).status is Status.FAIL


def test_the_trust_is_said_to_be_the_operators() -> None:
    (question,) = result_of(chain_trusted, bad(Outcome.TLS_UNTRUSTED)).undetermined
    assert "the operator's trust store" in question.evidence[0].text


def log_of(
    *, failed: datetime | None = None, answered: datetime | None = None, url: str = SECURE
) -> LogWindow:
    """A log in which a hook to `url` failed in TLS, and one was answered, at those moments."""
    known = next(kind for kind in KNOWN if kind.kind == "certificate not trusted")
    exception = JavaException("javax.net.ssl.SSLHandshakeException", "PKIX path building failed")
    (record,) = parse(b"15:00:00,000 ERROR RestClient - t-1 Got exception in REST\n").records
    errors = (
        ()
        if failed is None
        else (
            LoggedError(
                DatedRecord(failed, record), exception, known, True, False, f"{url}/connect"
            ),
        )
    )
    answers = {} if answered is None else {f"{url}/connect": answered}
    file = FileWindow("/log", "the log", NOW, NOW, NOW, errors, answered_urls=answers)
    return LogWindow(Window(NOW, NOW, "since"), file)


EARLIER = NOW - timedelta(minutes=5)


@pytest.mark.parametrize(
    ("log", "run"),
    [
        (log_of(), Run.UNDETERMINED),
        (log_of(answered=NOW), Run.UNDETERMINED),
        (log_of(failed=EARLIER, answered=NOW), Run.UNDETERMINED),
        (log_of(failed=NOW, url="https://other/hooks"), Run.UNDETERMINED),
        (log_of(failed=NOW, answered=EARLIER), Run.COMPLETED),
    ],
    ids=["neither", "answered", "answered since", "another REST URL", "failing now"],
)
def test_a_chain_that_the_operator_does_not_trust_fails_where_the_log_shows_it(
    log: LogWindow, run: Run
) -> None:
    result = judge(chain_trusted, facts(bad(Outcome.TLS_UNTRUSTED), url=SECURE), log)
    assert result.run is run
    fixes = [finding.fix for finding in result.findings if finding.fix]
    fixes += [question.fix for question in result.undetermined if question.fix]
    assert len(fixes) == 1
    assert all("openssl s_client" in " ".join(fix.commands) for fix in fixes)
    assert all(("SSL_CERT_FILE" in fix.text) is (run is Run.UNDETERMINED) for fix in fixes)


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
    result = judge(chain_trusted, facts(denied, operator, url=SECURE), NO_LOG)
    assert result.status is Status.PASS
    assert result.findings[0].evidence[0].where.startswith("operator:")
