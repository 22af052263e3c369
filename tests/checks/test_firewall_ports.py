"""FWL110: the host's rules about clients."""

from __future__ import annotations

from ipaddress import ip_address

from wcsdiag_checks.firewall_ports import clients_are_let_in

from tests.checks.firewall_facts import DROPPING, RULES, decided
from wcsdiag.facts.clients_in import ClientsIn, PortIn
from wcsdiag.firewall.model import Decision, Fate
from wcsdiag.model import CheckResult, Run, Status
from wcsdiag.testing import judge

ACCEPTED, DROPPED = decided(Fate.ACCEPTED), decided(Fate.DROPPED)
UNKNOWN = decided(Fate.DEPENDS, DROPPING, "geoip")


def result_of(media: tuple[Decision, ...], web: tuple[Decision, ...]) -> CheckResult:
    ports = PortIn("udp", 31001, "media", media), PortIn("udp", 32000, "media", media)
    facing = (PortIn("tcp", 8443, "WSS", web),)
    sources = (ip_address("203.0.113.1"),)
    return judge(clients_are_let_in, ClientsIn(ports, facing, (31001, 32000), sources, RULES))


def test_given_open_ports_then_it_passes() -> None:
    assert result_of((ACCEPTED,), (ACCEPTED,)).status is Status.PASS


def test_given_dropped_media_then_it_warns_with_the_rule_and_the_range() -> None:
    result = result_of((DROPPED,), (ACCEPTED,))
    warning = next(each for each in result.findings if each.status is Status.WARN)
    assert "UDP 31001-32000 (media)" in warning.summary
    assert warning.fix is not None
    (command,) = warning.fix.commands
    assert "31001:32000" in command or "31001-32000" in command
    assert " -s " not in command
    assert "saddr" not in command


def test_given_one_source_that_gets_in_then_it_passes() -> None:
    assert result_of((DROPPED, ACCEPTED), (DROPPED, ACCEPTED)).status is Status.PASS


def test_given_rules_that_do_not_tell_then_it_does_not_apply() -> None:
    assert result_of((UNKNOWN,), (UNKNOWN,)).run is Run.NOT_APPLICABLE
