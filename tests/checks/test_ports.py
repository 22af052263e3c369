"""FWL102 to FWL104: WCS's own ports."""

from __future__ import annotations

import pytest
from wcsdiag_checks.ports import client_ports_reachable, ports_listen, private_ports_closed

from wcsdiag.facts.installation import Installation
from wcsdiag.facts.operator_ports import OperatorPorts, PortSeen
from wcsdiag.facts.sockets import ListeningSocket, ListeningSockets
from wcsdiag.model import CheckResult, NotApplicable, Run, Status, Unavailable
from wcsdiag.net.probe import Outcome
from wcsdiag.testing import Absent, absent, judge
from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.settings import Setting, Settings

NEW = Installation("/opt/wcs", Generation.WITHOUT_MANAGER, "5.2.1-x", "test", "test")
OLD = Installation("/opt/wcs", Generation.WITH_MANAGER, "4.0.1-x", "test", "test")
NO_SETTINGS = absent(Settings, Unavailable("closed", because="HST111"))
NO_SOCKETS = absent(ListeningSockets, Unavailable("no ss", because="FWL102"))


def _settings(**values: str) -> Settings:
    found = {name.replace("_", "."): Setting(value, "host: f:1") for name, value in values.items()}
    return Settings(found, {}, ("f",))


def _sockets(*ports: int, address: str = "0.0.0.0") -> ListeningSockets:
    return ListeningSockets(tuple(ListeningSocket(address, p) for p in ports), "host: ss")


def _seen(**outcomes: Outcome) -> OperatorPorts:
    seen = (PortSeen(int(port[1:]), outcome, "literal") for port, outcome in outcomes.items())
    return OperatorPorts("192.0.2.1", tuple(seen))


def test_all_ports_listen() -> None:
    result = judge(ports_listen, NEW, _sockets(8080, 8443, 8081, 8444), _settings())

    assert result.status is Status.PASS
    assert "not in use: HLS 8082" in result.findings[0].summary


def test_a_required_port_that_does_not_listen_fails_with_its_number_as_subject() -> None:
    result = judge(ports_listen, NEW, _sockets(8080, 8081, 8444), _settings())

    failed = [finding for finding in result.findings if finding.status is Status.FAIL]
    assert [finding.subject for finding in failed] == ["8443"]


def test_the_settings_say_where_to_listen() -> None:
    moved = _settings(http_port="80")

    assert judge(ports_listen, NEW, _sockets(8080, 8443, 80, 8444), moved).status is Status.PASS
    result = judge(ports_listen, NEW, _sockets(8080, 8443, 8081, 8444), moved)
    assert result.status is Status.FAIL
    assert "http.port=80" in result.findings[0].evidence[0].text


def test_without_settings_a_documented_port_that_is_closed_is_undetermined() -> None:
    result = judge(ports_listen, NEW, _sockets(8080, 8443, 8444), NO_SETTINGS)

    assert result.run is Run.UNDETERMINED


def test_a_setting_that_is_no_port_is_undetermined() -> None:
    result = judge(ports_listen, NEW, _sockets(8080, 8443, 8444), _settings(http_port="x"))

    assert result.run is Run.UNDETERMINED


@pytest.mark.parametrize("missing", [9091, 1099])
def test_with_manager_its_ports_must_listen(missing: int) -> None:
    ports = {8080, 8081, 9091, 1099}

    assert judge(ports_listen, OLD, _sockets(*ports), _settings()).status is Status.PASS
    result = judge(ports_listen, OLD, _sockets(*ports - {missing}), _settings())
    assert result.status is Status.FAIL
    assert "hooks cannot flow" in result.findings[0].summary


def test_unknown_sockets_are_undetermined() -> None:
    assert judge(ports_listen, NEW, NO_SOCKETS, _settings()).run is Run.UNDETERMINED


def _clients(seen: OperatorPorts | Absent, sockets: ListeningSockets | Absent) -> CheckResult:
    return judge(client_ports_reachable, NEW, seen, sockets, _settings())


def test_client_ports_that_connect_pass() -> None:
    result = _clients(_seen(p8443=Outcome.OK, p8080=Outcome.OK), _sockets(8080, 8443))

    assert result.status is Status.PASS
    assert "WS 8080, WSS 8443" in result.findings[0].summary


@pytest.mark.parametrize(
    ("outcome", "word"), [(Outcome.REFUSED, "refused"), (Outcome.TIMED_OUT, "filtered")]
)
def test_a_client_port_that_listens_and_cannot_be_reached_warns(
    outcome: Outcome, word: str
) -> None:
    result = _clients(_seen(p8443=outcome, p8080=Outcome.OK), _sockets(8080, 8443))

    assert result.status is Status.WARN
    assert word in result.findings[0].summary
    assert result.findings[0].subject == "8443"


def test_client_ports_for_the_host_alone_pass_with_a_note() -> None:
    result = _clients(_seen(), _sockets(8081, address="127.0.0.1"))

    assert result.status is Status.PASS
    assert "host alone" in result.findings[0].summary


def test_without_a_listening_client_port_the_listening_is_the_question() -> None:
    result = _clients(_seen(), _sockets(22))

    assert (result.run, result.because) == (Run.SKIPPED, "FWL102")


def test_a_refusal_proves_nothing_where_the_hosts_sockets_are_unknown() -> None:
    result = _clients(_seen(p8443=Outcome.REFUSED, p8080=Outcome.OK), NO_SOCKETS)

    assert result.status is Status.PASS


def test_an_unknown_address_of_the_host_is_undetermined() -> None:
    unknown = absent(OperatorPorts, Unavailable("no address", because="FWL103"))

    assert _clients(unknown, _sockets(8443)).run is Run.UNDETERMINED


def test_on_one_machine_there_is_nothing_to_compare() -> None:
    local = absent(OperatorPorts, NotApplicable("one machine"))

    assert _clients(local, _sockets(8443)).run is Run.NOT_APPLICABLE


def _private(seen: OperatorPorts, installation: Installation = NEW) -> CheckResult:
    return judge(private_ports_closed, installation, seen, _sockets(2001, 9091), _settings())


def test_private_ports_that_are_closed_pass() -> None:
    result = _private(_seen(p2001=Outcome.TIMED_OUT, p8443=Outcome.OK))

    assert result.status is Status.PASS


def test_each_private_port_that_is_open_warns() -> None:
    result = _private(_seen(p50999=Outcome.OK, p2001=Outcome.OK))

    warned = [finding for finding in result.findings if finding.status is Status.WARN]
    assert {finding.subject for finding in warned} == {"50999", "2001"}


def test_the_managers_ports_are_private_where_there_is_a_manager() -> None:
    assert _private(_seen(p9091=Outcome.OK), OLD).status is Status.WARN
    assert _private(_seen(p9091=Outcome.OK), NEW).status is Status.PASS
