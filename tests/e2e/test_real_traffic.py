"""Hooks of `wcsdiag send` to nginx and to `wcsdiag serve`, captured by tcpdump, and judged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.capture.live import captured
from tests.e2e.hooks import web_server
from tests.e2e.program import Ended, Program
from tests.receiver.test_serve import serve
from wcsdiag.hooks.synthetic import SCENARIOS, ids_of, scenario_hooks

SNAP = ("-s", "4096")
"""What the vendor's page tells people to use."""


def methods_of(scenario: str) -> list[str]:
    return [method for method, _ in scenario_hooks(scenario, "defaultApp", ids_of("test"))]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with web_server(tmp_path_factory.mktemp("web")) as number:
        yield number


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path, ())


def send(program: Program, port: int, *arguments: str) -> int:
    url = f"http://127.0.0.1:{port}/hooks"
    return program.run("send", *arguments, "--plain", "--url", url).code


def assert_whole(ended: Ended, scenario: str) -> None:
    assert (ended.code, ended.err) == (0, b""), ended
    trace = json.loads(ended.out)
    assert trace["flow"] == "healthy"
    assert [each["method"] for each in trace["exchanges"]] == methods_of(scenario)
    states = [each["state"] for each in trace["sessions"][0]["sequences"]]
    assert (len(trace["sessions"]), set(states)) == (1, {"complete"})


@pytest.mark.parametrize("interface", ["any", "lo"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_sent_to_nginx_is_complete_in_the_capture(
    scenario: str, interface: str, port: int, program: Program
) -> None:
    file = program.home / "hooks.pcap"
    with captured(file, port, *SNAP, interface=interface):
        assert send(program, port, scenario) == 0
    ended = program.run("trace", str(file), "--expect", scenario, "--format", "json")
    assert_whole(ended, scenario)


@pytest.mark.parametrize("interface", ["any", "lo"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_sent_to_our_own_server_is_complete_on_both_sides(
    scenario: str, interface: str, program: Program
) -> None:
    file = program.home / "hooks.pcap"
    ends = ("--count", str(len(methods_of(scenario))), "--expect", scenario)
    with (
        serve(program.home, *ends, "--format", "json") as served,
        captured(file, served.port, *SNAP, interface=interface),
    ):
        assert send(program, served.port, scenario) == 0
        ended = served.end()
    assert ended.code == 0, ended
    assert [each["method"] for each in json.loads(ended.out)["exchanges"]] == methods_of(scenario)
    traced = program.run("trace", str(file), "--expect", scenario, "--format", "json")
    assert_whole(traced, scenario)


SEEN: dict[str, tuple[int | None, str | None]] = {
    "status-500": (500, None),
    "redirect": (302, None),
    "html": (200, None),
    "text-type": (200, None),
    "not-json": (200, None),
    "fields-lost": (200, None),
    "closes-early": (None, "closed_early"),
    "resets": (None, "reset"),
    "not-http": (None, "not_http"),
}
"""What a capture shows of a hook to a web server that misbehaves: its status, and its failure."""


@pytest.mark.parametrize("fault", SEEN)
def test_how_a_web_server_misbehaves_is_seen_in_the_capture(fault: str, program: Program) -> None:
    file = program.home / "hooks.pcap"
    with serve(program.home, "--fault", fault) as served, captured(file, served.port, *SNAP):
        assert send(program, served.port, "connect") == 1
    ended = program.run("trace", str(file), "--format", "json")
    (exchange,) = json.loads(ended.out)["exchanges"]
    assert (exchange["status"], exchange["failure"]) == SEEN[fault]
    assert ended.code == 1, ended


def test_many_scenarios_on_several_connections_are_each_complete(
    port: int, program: Program
) -> None:
    file = program.home / "hooks.pcap"
    many = ("--count", "20", "--rate", "500", "--connections", "4")
    with captured(file, port, *SNAP):
        assert send(program, port, "call", *many) == 0
    ended = program.run("trace", str(file), "--expect", "call", "--format", "json")
    trace = json.loads(ended.out)
    assert ended.code == 0, ended
    assert trace["count"] == 20 * len(methods_of("call"))
    assert trace["session_count"] == 20
    assert trace["broken_count"] == 0


def test_what_a_capture_holds_is_what_a_recording_holds(program: Program) -> None:
    file, recording = program.home / "hooks.pcap", program.home / "hooks.jsonl"
    with (
        serve(program.home, "--count", "6", "--record", str(recording)) as served,
        captured(file, served.port, *SNAP),
    ):
        assert send(program, served.port, "call") == 0
        assert served.end().code == 0
    with serve(program.home, "--count", "12", "--format", "json") as served:
        url = f"http://127.0.0.1:{served.port}/hooks"
        for trace in (file, recording):
            assert program.run("replay", str(trace), "--url", url).code == 0
        exchanges = json.loads(served.end().out)["exchanges"]
    bodies = [(each["method"], each["request_bytes"]) for each in exchanges]
    assert [method for method, _ in bodies[:6]] == methods_of("call")
    assert bodies[:6] == bodies[6:]
