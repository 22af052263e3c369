"""`wcsdiag logs` on a host, and `--follow` wherever the log is."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest

from tests.e2e.hooks import processes_naming, wait_for
from tests.e2e.program import Program, finish, on_lab
from wcsdiag.lab.lab import open_scenario
from wcsdiag.lab.log_writer import hook_log
from wcsdiag.lab.scenario import LabApp, LabLog, Scenario

APPS = (LabApp(url="http://127.0.0.1:9091/hooks"),)
ONE_SESSION = Scenario(log=LabLog(sessions=1))


def test_the_hooks_in_the_log_of_a_host_are_shown(tmp_path: Path) -> None:
    with open_scenario(Scenario()) as lab:
        program = on_lab(lab, tmp_path)
        ended = program.run("logs", "--since", "2h", "--format", "json")
    assert ended.code == 0, ended
    found = json.loads(ended.out)
    assert {"connect", "ConnectionStatusEvent"} <= {each["method"] for each in found["exchanges"]}


def test_a_host_without_the_log_is_not_judged(tmp_path: Path) -> None:
    with open_scenario(Scenario()) as lab:
        program = on_lab(lab, tmp_path)
        options = (*program.options[:-3], "--wcs-home", "/nonexistent")
        ended = Program(tmp_path, options, program.variables).run("logs")
    assert (ended.code, ended.out) == (3, b""), ended
    assert ended.err.startswith(b"wcsdiag: ")


def write_hooks(log: Path) -> None:
    """The hooks of one session, as of now."""
    with log.open("a") as file:
        file.write(hook_log(ONE_SESSION, APPS, datetime.now().astimezone() + timedelta(seconds=3)))


@contextlib.contextmanager
def following(program: Program, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with program.start("logs", "--follow", *arguments) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert b"following" in line, line + process.stderr.read()
            yield process
        finally:
            process.kill()


def next_line_with(process: subprocess.Popen[bytes], word: bytes) -> bytes:
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return line
    raise AssertionError(process.stderr.read() if process.stderr else b"")


def test_a_hook_is_shown_as_soon_as_it_ended_and_judged_at_the_end(tmp_path: Path) -> None:
    log = tmp_path / "wcs.log"
    write_hooks(log)
    with following(Program(tmp_path, ()), str(log)) as process:
        write_hooks(log)
        assert b"answered" in next_line_with(process, b"ConnectionStatusEvent")
        process.send_signal(signal.SIGINT)
        ended = finish(process)
    assert ended.code == 130, ended
    assert b"connect" in ended.out
    assert not processes_naming(f"-F -- {log}")


def test_it_goes_on_in_the_new_file_after_rotation(tmp_path: Path) -> None:
    log = tmp_path / "wcs.log"
    log.touch()
    with following(Program(tmp_path, ()), str(log)) as process:
        write_hooks(log)
        next_line_with(process, b"ConnectionStatusEvent")
        log.rename(tmp_path / "wcs.log.1")
        write_hooks(log)
        assert next_line_with(process, b"connect ")


def test_killed_it_leaves_no_tail_behind(tmp_path: Path) -> None:
    log = tmp_path / "wcs.log"
    log.touch()
    with following(Program(tmp_path, ()), str(log)) as process:
        assert processes_naming(f"-F -- {log}")
        process.kill()
        wait_for(lambda: not processes_naming(f"-F -- {log}"))


@pytest.mark.parametrize("name", ["json", "html"])
def test_a_document_is_whole_and_alone_on_stdout(name: str, tmp_path: Path) -> None:
    log = tmp_path / "wcs.log"
    log.touch()
    with following(Program(tmp_path, ()), str(log), "--format", name) as process:
        write_hooks(log)
        wait_for(lambda: is_read_by_tail(log))
        process.send_signal(signal.SIGINT)
        ended = finish(process)
    assert ended.code == 130, ended
    assert ended.out.startswith((b"{", b"<!"))
    assert b"ConnectionStatusEvent" in ended.out


def is_read_by_tail(log: Path) -> bool:
    """True once the end of the log has been reached; Linux says how far a process has read."""
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error, OSError):
            opened = process.open_files() if process.info["name"] == "tail" else []
            if any((each.path, each.position) == (str(log), log.stat().st_size) for each in opened):
                return True
    return False


def test_the_log_of_a_host_is_followed_until_somebody_ends_it(tmp_path: Path) -> None:
    with (
        open_scenario(Scenario()) as lab,
        following(on_lab(lab, tmp_path)) as process,
    ):
        write_hooks(lab.log)
        assert b"answered" in next_line_with(process, b"ConnectionStatusEvent")
        process.send_signal(signal.SIGINT)
        ended = finish(process)
    assert ended.code == 130, ended
    assert b"not followed to the end" not in ended.out


def test_a_duration_ends_it(tmp_path: Path) -> None:
    arguments = ("--duration", "1s", "--format", "json")
    with (
        open_scenario(Scenario()) as lab,
        following(on_lab(lab, tmp_path), *arguments) as process,
    ):
        ended = finish(process)
    found = json.loads(ended.out)
    assert (ended.code, found["exchanges"], found["notes"]) == (3, [], []), ended
