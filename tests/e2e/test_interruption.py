"""A run that somebody or something ends early: what is known is printed, soon and whole."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import Ended, codes, controls_in, finish, on_lab, on_port
from tests.host.servers import stay_silent, tcp_server
from wcsdiag.lab.lab import open_scenario
from wcsdiag.lab.scenario import CliTrouble, LabCli, LabHost, Route, Scenario
from wcsdiag.lab.tunnels import Network

LONG = ("--timeout", "10m", "--deadline", "20m")
"""Limits that outlive every test: such a run ends by the signal alone."""

DROPPED = Scenario(host=LabHost(route=Route.DROPPED))
REACHED_S = 60.0


@contextlib.contextmanager
def waiting(
    home: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A run that has come to the connection that nobody answers, and waits there."""
    reached = threading.Event()
    drop = Network._pass_firewall

    def pass_firewall(network: Network, address: str) -> None:
        if address == network.web_server:
            reached.set()
        drop(network, address)

    monkeypatch.setattr(Network, "_pass_firewall", pass_firewall)
    with open_scenario(DROPPED) as lab:
        process = on_lab(lab, home).start("all", *LONG, *arguments)
        try:
            assert reached.wait(REACHED_S)
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_prints_what_is_known_as_json(
    ending: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with waiting(tmp_path, monkeypatch, "--format", "json") as process:
        process.send_signal(ending)
        ended = finish(process)

    assert ended.report["interrupted"] is True
    assert ended.report["exit_code"] == 130
    left = {each["code"] for each in ended.report["results"] if each["run"] == "undetermined"}
    assert "WEB102" in left
    assert "HST101" not in left
    assert ended.err == b""


def test_an_interrupted_run_prints_what_is_known_as_junit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with waiting(tmp_path, monkeypatch, "--format", "junit") as process:
        process.send_signal(signal.SIGINT)
        ended = finish(process)

    assert ended.code == 130
    assert ET.fromstring(ended.out).tag == "testsuites"
    assert ended.err == b""


def test_an_interrupted_run_prints_what_is_known_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with waiting(tmp_path, monkeypatch) as process:
        process.send_signal(signal.SIGINT)
        ended = finish(process)

    assert ended.code == 130
    assert b"Interrupted: this is what was known by then." in ended.out
    assert not controls_in(ended.out)
    assert ended.err == b""


def test_an_interrupted_run_writes_its_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.json"

    with waiting(
        tmp_path, monkeypatch, "--format", "json", "--quiet", "--output", str(file)
    ) as process:
        process.send_signal(signal.SIGINT)
        ended = finish(process)

    assert Ended(ended.code, file.read_bytes(), b"").report["interrupted"] is True


@pytest.mark.parametrize("gap_s", [0.0, 0.01, 0.05, 0.1, 0.2])
def test_a_second_ctrl_c_shows_no_traceback_either(
    gap_s: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with waiting(tmp_path, monkeypatch, "--format", "json") as process:
        process.send_signal(signal.SIGINT)
        time.sleep(gap_s)
        process.send_signal(signal.SIGINT)
        ended = finish(process)

    # After the report Python hands the signal back to the system: to a shell both are 130.
    assert ended.code in {130, -signal.SIGINT}
    assert ended.err in {b"", b"wcsdiag: interrupted\n"}
    assert not ended.out or json.loads(ended.out)["interrupted"] is True


def test_a_reader_that_takes_one_line_is_no_error(tmp_path: Path) -> None:
    with open_scenario(Scenario()) as lab:
        process = on_lab(lab, tmp_path).start("all", "--format", "json", "--verbose")
        assert process.stdout is not None
        assert process.stderr is not None
        with process:
            assert process.stdout.readline() == b"{\n"
            process.stdout.close()
            err = process.stderr.read()

    assert process.returncode == 0
    assert err == b""


def test_where_everything_waits_the_deadline_ends_the_run_and_says_so(tmp_path: Path) -> None:
    silent = LabCli(trouble=CliTrouble.SILENT, gives_exec=False)

    with open_scenario(Scenario(host=LabHost(route=Route.DROPPED), cli=silent)) as lab:
        answers = on_lab(lab, tmp_path).in_every_format("--timeout", "10m", "--deadline", "3s")

    assert answers.report["exit_code"] == 3
    assert len(answers.report["causes"]) == 1
    assert "wcsdiag's own limit, --deadline 3 s, ended the run" in answers.text


def test_a_silent_host_is_unhealthy_where_its_own_limit_comes_first(tmp_path: Path) -> None:
    with tcp_server(stay_silent) as port:
        answers = on_port(port, tmp_path).in_every_format("--timeout", "1s", "--deadline", "9s")

    assert answers.report["exit_code"] == 1
    assert codes(answers.report["causes"]) == ["HST101"]
    assert "said nothing within" in answers.text


def test_a_silent_host_is_not_judged_where_the_deadline_comes_first(tmp_path: Path) -> None:
    with tcp_server(stay_silent) as port:
        answers = on_port(port, tmp_path).in_every_format("--timeout", "10m", "--deadline", "2s")

    assert answers.report["exit_code"] == 3
    assert codes(answers.report["causes"]) == ["HST101"]
    assert "wcsdiag's own limit, --deadline 2 s, ended the run" in answers.text
