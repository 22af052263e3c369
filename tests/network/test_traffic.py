"""Hooks that go from the host to the web server: captured there, sent from there, read there."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

import pytest

from tests.e2e.hooks import PATIENCE_S, wait_for
from tests.e2e.program import finish
from tests.network.namespaces import Machine
from tests.network.needs import require_network
from tests.network.network import HOST_NAME, URL, WEB_PORT, Network, Plan, open_network
from tests.network.services import Wcs
from tests.network.test_permission import ordinary_user
from tests.network.wires import HOST, OPERATOR
from tests.support import require_tool

WCSDIAG = str(Path(sys.executable).parent / "wcsdiag")
LONG_ENOUGH_S = 4
"""For a SYN to be unanswered: repeated, and three seconds old."""


class ShownContact(TypedDict):
    """What the tests read of a connection without a hook."""

    peer: str
    failure: str


class ShownTrace(TypedDict):
    """What the tests read of a trace as JSON."""

    place: str
    flow: str
    exchanges: list[dict[str, object]]
    sessions: list[dict[str, object]]
    contacts: list[ShownContact]
    notes: list[str]


@dataclass(frozen=True)
class Traced:
    """A live trace that has ended."""

    code: int
    trace: ShownTrace

    @property
    def methods(self) -> list[object]:
        return [exchange["method"] for exchange in self.trace["exchanges"]]

    @property
    def failures(self) -> list[str]:
        return [contact["failure"] for contact in self.trace["contacts"]]


class Live:
    """`wcsdiag trace --live` of the operator, which captures on the host already."""

    def __init__(self, network: Network, process: subprocess.Popen[bytes]) -> None:
        self._network = network
        self.process = process

    def interrupt(self) -> Traced:
        """What it saw until now."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> Traced:
        """What it saw, once it ended by itself; nothing of it is left on the host then."""
        ended = finish(self.process)
        assert ended.out, ended
        wait_for(lambda: not tcpdumps(self._network.host))
        return Traced(ended.code, json.loads(ended.out))


@contextlib.contextmanager
def live(network: Network, *arguments: str) -> Iterator[Live]:
    about = ("--host", HOST_NAME, "--wcs-home", str(network.wcs_home), "--format", "json")
    command = network.operator.command(WCSDIAG, "trace", "--live", *about, *arguments)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=network.environment
    ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert b"capturing TCP port 9091 on host.lab" in line, line + process.stderr.read()
            assert tcpdumps(network.host)
            yield Live(network, process)
        finally:
            process.kill()


def tcpdumps(machine: Machine) -> list[str]:
    """The command lines of the captures that run there."""
    pids = subprocess.run(
        ["ip", "netns", "pids", machine.namespace], capture_output=True, text=True, check=True
    )
    lines = []
    for pid in pids.stdout.split():
        with contextlib.suppress(OSError):
            lines.append(Path("/proc", pid, "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return [line for line in lines if "tcpdump" in line]


def hooks_of_wcs(network: Network, scenario: str) -> int:
    """The hooks of a scenario, sent by the host itself to the REST URL. Gives the exit code."""
    limit = ("--timeout", f"{LONG_ENOUGH_S}s")
    command = (WCSDIAG, "send", scenario, "--plain", "--url", URL, *limit)
    return network.host.run(*command, env=network.environment).returncode


def access_log(network: Network) -> list[tuple[str, str]]:
    """Who sent which request, as nginx noted it."""
    assert network.access_log is not None
    lines = network.access_log.read_text().splitlines()
    return [(line.split()[0], line.split('"')[1].split()[1]) for line in lines]


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    require_network()
    require_tool("tcpdump")
    with open_network() as opened:
        yield opened


@pytest.fixture
def ruled(network: Network) -> Iterator[Network]:
    """The network, whose rules are removed after the test."""
    try:
        yield network
    finally:
        for machine in (network.host, network.web_server, network.router):
            machine.sh("iptables -F")


SCENARIOS = {"connection": 2, "registration": 3, "call": 6, "message": 4, "publish": 4, "play": 4}


def test_every_scenario_of_the_host_is_seen_whole_and_judged_complete(network: Network) -> None:
    expected = [word for scenario in SCENARIOS for word in ("--expect", scenario)]
    hooks = sum(SCENARIOS.values())
    with live(network, "--count", str(hooks), *expected) as run:
        assert [hooks_of_wcs(network, scenario) for scenario in SCENARIOS] == [0] * len(SCENARIOS)
        seen = run.end()
    assert (seen.code, seen.trace["flow"]) == (0, "healthy"), seen
    assert len(seen.methods) == hooks
    sessions = seen.trace["sessions"]
    assert [session["state"] for session in sessions] == ["complete"] * len(SCENARIOS)
    states = {
        sequence["state"]
        for session in sessions
        for sequence in cast("list[dict[str, object]]", session["sequences"])
    }
    assert states == {"complete"}
    assert {str(each["connection"]).split(":")[0] for each in seen.trace["exchanges"]} == {
        HOST.address
    }


def test_what_was_expected_and_did_not_come_is_named(network: Network) -> None:
    with live(network, "--count", "2", "--expect", "registration") as run:
        assert hooks_of_wcs(network, "connection") == 0
        seen = run.end()
    assert seen.code == 1, seen
    assert "RegistrationStatusEvent" in json.dumps(seen.trace["sessions"])


@pytest.mark.parametrize(
    ("machine", "rule", "failure"),
    [
        ("router", "FORWARD -o web -p tcp --dport 9091 -j DROP", "connect_timed_out"),
        ("router", "FORWARD -o web -p tcp --dport 9091 -j REJECT", "unreachable"),
        (
            "web",
            "INPUT -p tcp --dport 9091 -j REJECT --reject-with tcp-reset",
            "refused",
        ),
    ],
)
def test_a_rule_on_the_way_is_seen_by_what_it_does(
    machine: str, rule: str, failure: str, ruled: Network
) -> None:
    ruled.by_role[machine].sh(f"iptables -A {rule}")
    with live(ruled) as run:
        assert hooks_of_wcs(ruled, "connect") == 1
        seen = run.interrupt()
    assert (seen.code, seen.trace["flow"]) == (130, "unhealthy"), seen
    assert seen.failures == [failure]
    assert seen.methods == []


def test_a_rule_of_the_host_itself_shows_no_packet_and_is_no_health(ruled: Network) -> None:
    """OUTPUT drops before tcpdump looks: what it did not see says nothing."""
    ruled.host.sh("iptables -A OUTPUT -p tcp --dport 9091 -j DROP")
    with live(ruled) as run:
        assert hooks_of_wcs(ruled, "connect") == 1
        seen = run.interrupt()
    assert (seen.code, seen.trace["flow"]) == (130, "undetermined"), seen
    notes = " ".join(seen.trace["notes"])
    assert "no hook was seen on TCP port 9091" in notes
    assert (
        f"a rule of the host drops it before tcpdump sees it: `wcsdiag all --host {HOST_NAME}`"
        in (notes)
    )


def test_a_web_server_that_is_stopped_refuses() -> None:
    require_network()
    require_tool("tcpdump")
    with open_network(Plan(listen=())) as network, live(network, "--duration", "3s") as run:
        assert hooks_of_wcs(network, "connect") == 1
        seen = run.end()
    assert (seen.code, seen.failures) == (1, ["refused"])


def test_hooks_that_fail_are_unhealthy_live_and_in_the_log() -> None:
    require_network()
    require_tool("tcpdump")
    failure = "java.net.SocketTimeoutException: connect timed out"
    with open_network(Plan(status=500, wcs=Wcs(URL, failures=(failure,)))) as network:
        with live(network, "--count", "1") as run:
            assert hooks_of_wcs(network, "connect") == 1
            seen = run.end()
        logged = network.wcsdiag("logs")
    assert seen.code == 1
    assert [each["status"] for each in seen.trace["exchanges"]] == [500]
    assert logged.returncode == 1, logged
    assert "connect timed out" in logged.stdout


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_however_the_operator_ends_it_nothing_is_left_on_the_host(
    by: signal.Signals, network: Network
) -> None:
    with live(network) as run:
        run.process.send_signal(by)
        run.process.wait(PATIENCE_S)
        wait_for(lambda: not tcpdumps(network.host))


def test_hooks_that_are_sent_from_the_host_come_from_its_address(network: Network) -> None:
    before = len(access_log(network))
    done = network.wcsdiag("send", "connection", "--app-key", "defaultApp", "--plain")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{URL}, from host.lab" in done.stdout
    assert access_log(network)[before:] == [
        (HOST.address, "/hooks/connect"),
        (HOST.address, "/hooks/ConnectionStatusEvent"),
    ]


def test_hooks_that_are_sent_from_the_operator_come_from_its_own(network: Network) -> None:
    before = len(access_log(network))
    command = (WCSDIAG, "send", "--plain", "--url", URL)
    assert network.operator.run(*command, env=network.environment).returncode == 0
    assert access_log(network)[before:] == [(OPERATOR.address, "/hooks/connect")]


def test_the_same_rule_stops_the_hosts_hooks_and_not_the_operators(ruled: Network) -> None:
    ruled.host.sh("iptables -A OUTPUT -p tcp --dport 9091 -j REJECT")
    from_host = ruled.wcsdiag("send", "connect", "--plain")
    command = (WCSDIAG, "send", "--plain", "--url", URL)
    from_operator = ruled.operator.run(*command, env=ruled.environment)
    assert (from_host.returncode, from_operator.returncode) == (1, 0)
    assert "connect  the connection was refused" in from_host.stdout


def test_an_app_key_that_the_host_does_not_have_sends_nothing(network: Network) -> None:
    before = access_log(network)
    done = network.wcsdiag("send", "--app-key", "otherApp")
    assert done.returncode in {2, 3}, done
    assert "otherApp" in done.stderr
    assert access_log(network) == before


def test_the_log_of_the_host_is_read_through_the_network(network: Network) -> None:
    done = network.wcsdiag("logs", "--format", "json")
    assert done.returncode == 0, done
    found = json.loads(done.stdout)
    assert {"connect", "ConnectionStatusEvent"} <= {each["method"] for each in found["exchanges"]}


def test_a_user_who_may_not_capture_is_told_what_to_grant(network: Network) -> None:
    login = ("--ssh-user", "ordinary", "--ssh-port", "2222")
    with ordinary_user(network):
        done = network.wcsdiag("trace", "--live", "--port", str(WEB_PORT), *login)
    assert (done.returncode, done.stdout) == (3, ""), done
    assert "tcpdump could not capture on host.lab" in done.stderr
    assert "setcap cap_net_raw+ep" in done.stderr
    assert tcpdumps(network.host) == []


def test_the_port_of_the_rest_url_is_the_one_that_is_captured(network: Network) -> None:
    with live(network) as run:
        (line,) = tcpdumps(network.host)[:1]
        run.interrupt()
    assert f"tcp port {WEB_PORT}" in line
