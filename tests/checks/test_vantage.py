"""FWL109, WEB114 and WEB115: limits of the vantage, and names with several addresses."""

from __future__ import annotations

from dataclasses import replace

from wcsdiag_checks.vantage import forwarding_allowed, name_resolves_alike, no_address_dropped

from tests.checks.web_facts import NO_SSH, SETTINGS, TARGET, ended, facts
from wcsdiag.facts.probes import WebServerProbes
from wcsdiag.model import CheckResult, Run, Status
from wcsdiag.net.probe import AddressAttempt, Outcome, Phase, Probe, Vantage
from wcsdiag.testing import judge
from wcsdiag.wcs.settings import Setting, Settings

GOOD = ended(Phase.HTTP, Outcome.OK)
OPERATOR = replace(GOOD, vantage=Vantage.OPERATOR)


def test_given_forwarding_then_the_vantage_is_complete() -> None:
    assert judge(forwarding_allowed, facts(GOOD)).status is Status.PASS


def test_given_a_program_in_its_place_then_it_warns_and_names_it() -> None:
    result = judge(forwarding_allowed, facts(replace(GOOD, tool="python3")))
    assert result.status is Status.WARN
    assert "python3" in result.findings[0].summary


def test_given_a_program_that_only_connects_then_it_says_what_is_not_seen() -> None:
    denied = replace(ended(Phase.HTTP, Outcome.FORWARDING_DENIED, "open failed"), tool="bash")
    result = judge(forwarding_allowed, facts(denied))
    assert "nothing of TLS and of the answer" in result.findings[0].summary


def test_given_nothing_in_its_place_then_the_vantage_is_unknown() -> None:
    denied = ended(Phase.CONNECT, Outcome.FORWARDING_DENIED, "open failed")
    result = judge(forwarding_allowed, facts(denied))
    assert result.status is Status.WARN
    assert "its vantage is unknown" in result.findings[0].summary


def test_given_no_ssh_then_forwarding_is_not_judged() -> None:
    assert judge(forwarding_allowed, facts(NO_SSH)).run is Run.SKIPPED


def names(host: tuple[str, ...], operator: tuple[str, ...]) -> CheckResult:
    seen = facts(replace(GOOD, addresses=host), replace(OPERATOR, addresses=operator))
    return judge(name_resolves_alike, seen)


def test_given_the_same_addresses_then_it_passes() -> None:
    assert names(("192.0.2.1",), ("192.0.2.1",)).status is Status.PASS


def test_given_other_addresses_then_it_warns_and_shows_both() -> None:
    result = names(("10.0.0.9",), ("192.0.2.1",))
    assert result.status is Status.WARN
    assert [each.text for each in result.findings[0].evidence] == ["10.0.0.9", "192.0.2.1"]


def test_given_other_addresses_and_only_the_operators_works_then_it_fails() -> None:
    refused = ended(Phase.CONNECT, Outcome.REFUSED, "refused")
    result = judge(name_resolves_alike, facts(refused, replace(OPERATOR, addresses=("10.0.0.9",))))
    assert result.status is Status.FAIL


def test_given_some_of_the_same_addresses_then_it_passes() -> None:
    result = names(("192.0.2.1", "192.0.2.2"), ("192.0.2.2", "192.0.2.3"))
    assert result.status is Status.PASS


def test_given_a_name_that_only_the_host_knows_then_it_passes() -> None:
    assert names(("10.0.0.9",), ()).status is Status.PASS


def test_given_an_address_in_the_url_then_there_is_no_name_to_compare() -> None:
    url = "http://192.0.2.1:9091/hooks"
    probe = ended(Phase.HTTP, Outcome.OK, url=url)
    result = judge(name_resolves_alike, facts(probe, OPERATOR, url=url))
    assert result.run is Run.NOT_APPLICABLE


def two(ipv6: Outcome, ipv4: Outcome) -> WebServerProbes:
    attempts = (
        AddressAttempt("2001:db8::1", 9091, ipv6, 5.0, "literal"),
        AddressAttempt("192.0.2.1", 9091, ipv4, 0.01),
    )
    return facts(replace(GOOD, attempts=attempts))


def dropped(probes: WebServerProbes, settings: Settings = SETTINGS) -> CheckResult:
    return judge(no_address_dropped, TARGET, probes, settings)


def test_given_every_address_answers_then_it_passes() -> None:
    assert dropped(two(Outcome.OK, Outcome.OK)).status is Status.PASS


def test_given_a_dropped_ipv6_address_then_it_warns_and_says_when_java_tries_it() -> None:
    (finding,) = dropped(two(Outcome.TIMED_OUT, Outcome.OK)).findings
    assert finding.status is Status.WARN
    assert "after 192.0.2.1" in finding.summary
    assert finding.fix is not None
    assert "preferIPv4Stack" in finding.fix.text


def test_given_java_prefers_ipv6_then_the_dropped_one_comes_first() -> None:
    jvm = {"java.net.preferIPv6Addresses": Setting("true", "host: wcs-core.properties:1")}
    result = dropped(two(Outcome.TIMED_OUT, Outcome.OK), Settings({}, jvm, ()))
    assert "which Java tries first" in result.findings[0].summary


def test_given_a_host_without_ipv6_then_it_passes() -> None:
    assert dropped(two(Outcome.NET_UNREACHABLE, Outcome.OK)).status is Status.PASS


def test_given_no_address_answers_then_it_does_not_apply() -> None:
    probe: Probe = ended(Phase.CONNECT, Outcome.TIMED_OUT, "no answer")
    assert dropped(facts(probe)).run is Run.NOT_APPLICABLE
