"""Commands that go on: read as they come, bounded, and never left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psutil
import pytest

from tests.host.test_local import has_ended
from tests.support_sshd import Sshd, connected
from wcsdiag.host.interface import Host, HostError, HostFailure, RunningCommand
from wcsdiag.host.local import LocalHost
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.host.ssh import connect
from wcsdiag.lifetime import Lifetime

PATIENCE_S = 20.0

IGNORES_TERM: LiteralString = "trap '' TERM; echo $$ > %s; echo up; while :; do sleep 1; done"
SAYS_UP: LiteralString = "echo $$ > %s; echo up; exec sleep 60"
STARTS_ANOTHER: LiteralString = "sleep 60 & echo $! > %s; echo up; wait"


@pytest.fixture(params=["ssh", "local"])
def any_host(request: pytest.FixtureRequest) -> Iterator[Host]:
    if request.param == "local":
        yield LocalHost("localhost", Lifetime(timeout_s=10))
        return
    with connected(request.getfixturevalue("sshd")) as host:
        yield host


def read_until(command: RunningCommand, wanted: bytes) -> bytes:
    end, seen = time.monotonic() + PATIENCE_S, b""
    while wanted not in seen and time.monotonic() < end:
        seen += command.read(1.0) or b""
    assert wanted in seen
    return seen


def read_to_end(command: RunningCommand) -> bytes:
    end, seen = time.monotonic() + PATIENCE_S, b""
    while time.monotonic() < end:
        data = command.read(1.0)
        if data == b"":
            return seen
        seen += data or b""
    raise AssertionError(seen)


def test_output_is_there_as_soon_as_it_comes(any_host: Host) -> None:
    command = any_host.start("echo %s; sleep 60; echo second", "it's first")
    assert read_until(command, b"\n") == b"it's first\n"
    assert command.read(0.05) is None
    assert command.exit_status is None
    command.close()


def test_the_end_comes_with_its_status_and_the_words_on_stderr(any_host: Host) -> None:
    command = any_host.start("echo out; echo complaint >&2; exit 3")
    assert read_to_end(command) == b"out\n"
    assert (command.exit_status, command.error_text.split()[-1]) == (3, "complaint")
    command.close()


@pytest.mark.parametrize("template", [SAYS_UP, STARTS_ANOTHER], ids=["itself", "its child"])
def test_closing_leaves_no_process_behind(
    any_host: Host, tmp_path: Path, template: LiteralString
) -> None:
    pid = tmp_path / "pid"
    command = any_host.start(template, str(pid))
    read_until(command, b"up")
    command.close()
    command.close()
    assert has_ended(pid.read_text().strip())


def test_a_command_that_ends_by_itself_leaves_no_watcher_behind(
    any_host: Host, tmp_path: Path
) -> None:
    command = any_host.start("echo $PPID > %s; echo up", str(tmp_path / "pid"))
    read_to_end(command)
    # Its output ends a moment before the process does.
    end = time.monotonic() + 10
    while (marked := _naming(str(tmp_path))) and time.monotonic() < end:
        time.sleep(0.02)
    command.close()
    assert not marked


def _naming(text: str) -> list[psutil.Process]:
    return [p for p in psutil.process_iter(["cmdline"]) if text in _words(p)]


def _words(process: psutil.Process) -> str:
    return " ".join(process.info["cmdline"] or ())


def test_the_end_of_the_run_ends_the_command(sshd: Sshd, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    lifetime = Lifetime(timeout_s=5, deadline_s=60)
    command = connect(sshd.target(), lifetime).start(SAYS_UP, str(pid))
    read_until(command, b"up")
    lifetime.end()
    assert has_ended(pid.read_text().strip())


def test_a_lost_connection_is_no_end_and_leaves_no_process_on_the_host(
    sshd: Sshd, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    with connected(sshd) as host:
        command = host.start(STARTS_ANOTHER, str(pid))
        read_until(command, b"up")
        _cut(sshd, pid.read_text().strip())
        with pytest.raises(HostError) as error:
            read_to_end(command)
        command.close()
    assert error.value.reason is HostFailure.LOST
    assert has_ended(pid.read_text().strip())


def _cut(sshd: Sshd, pid: str) -> None:
    """Kill the server's process of that connection, the ancestor of the command."""
    listener = int((sshd.log_path.parent / "sshd.pid").read_text())
    above = psutil.Process(int(pid)).parents()
    serving = next(each for each in above if each.ppid() == listener)
    for each in (*serving.children(), serving):
        with contextlib.suppress(psutil.NoSuchProcess):
            if each.name().startswith("sshd"):
                each.kill()


@pytest.mark.parametrize("kind", ["ssh", "local"])
def test_killing_us_leaves_no_process_on_the_host(kind: str, sshd: Sshd, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    target = sshd.target()
    script = f"""
import sys
from pathlib import Path
from wcsdiag.host.local import LocalHost
from wcsdiag.host.ssh import connect
from wcsdiag.lifetime import Lifetime
from wcsdiag.target import Target
lifetime = Lifetime(5, 60)
target = Target(
    host={target.host!r}, ssh_user={target.ssh_user!r}, ssh_port={target.ssh_port!r},
    ssh_key=Path({str(target.ssh_key)!r}), known_hosts=Path({str(target.known_hosts)!r}),
    ssh_config=Path({str(target.ssh_config)!r}),
)
host = LocalHost("localhost", lifetime) if {kind!r} == "local" else connect(target, lifetime)
command = host.start({STARTS_ANOTHER!r}, {str(pid)!r})
while b"up" not in (command.read(5) or b""): pass
print("up", flush=True)
command.read(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        os.kill(process.pid, signal.SIGKILL)
    assert has_ended(pid.read_text().strip())


def test_what_is_not_read_waits_on_the_host(any_host: Host) -> None:
    command = any_host.start("exec cat /dev/zero")
    read_until(command, b"\0")
    before = psutil.Process().memory_info().rss
    time.sleep(0.5)
    assert psutil.Process().memory_info().rss - before < 32 << 20
    command.close()


def test_a_flood_on_stderr_is_bounded_and_stops_nothing(any_host: Host) -> None:
    command = any_host.start("head -c 5000000 /dev/zero >&2; echo done")
    assert read_to_end(command).endswith(b"done\n")
    assert len(command.error_text) <= 64 << 10
    command.close()


def test_what_heeds_no_signal_is_killed_here(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    command = LocalHost("localhost", Lifetime(timeout_s=10)).start(IGNORES_TERM, str(pid))
    read_until(command, b"up")
    command.close()
    assert has_ended(pid.read_text().strip())


def test_after_the_end_of_the_run_nothing_is_started(any_host: Host) -> None:
    any_host.close()
    with pytest.raises(HostError) as error:
        any_host.start("sleep 60")
    assert error.value.reason is HostFailure.LOST


def test_a_recorded_command_gives_its_output_and_ends() -> None:
    host = RecordedHost(commands={"tail -F /x": "line\n"}, root=False)
    command = host.start("tail -F %s", "/x")
    assert (command.read(1.0), command.read(1.0), command.exit_status) == (b"line\n", b"", 0)
    assert "password is required" in host.start("tail -F %s", "/x", root=True).error_text
