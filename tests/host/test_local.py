"""The host that is this machine behaves as one behind SSH does."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import LiteralString

import pytest

from tests.host.servers import stay_silent, tcp_server
from tests.support import free_port
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.local import LocalHost
from wcsdiag.lifetime import Lifetime


@pytest.fixture
def host() -> LocalHost:
    return LocalHost("localhost", Lifetime(timeout_s=10))


def test_a_command_gives_its_status_and_both_outputs(host: LocalHost) -> None:
    result = host.run("echo %s; echo complaint >&2; exit 3", "it's; $HOME 100%")
    assert (result.exit_status, result.text) == (3, "it's; $HOME 100%\n")
    assert result.error_text == "complaint"


def test_root_is_root_already(host: LocalHost) -> None:
    if os.geteuid() == 0:
        assert host.run("id -u", root=True).text == "0\n"


def test_a_flood_on_both_outputs_is_bounded(host: LocalHost) -> None:
    result = host.run("head -c 300000 /dev/zero >&2; cat /dev/zero", limit=1000)
    assert (len(result.stdout), result.truncated, result.exit_status) == (1000, True, None)
    assert len(result.stderr) == 65536


@pytest.mark.parametrize(
    "command",
    [
        "sleep 60 & echo $! > %s; wait",
        "setsid sh -c 'echo $$ > \"$0\"; exec sleep 60' %s & wait",
    ],
    ids=["in its process group", "in a session of its own"],
)
def test_a_command_past_its_deadline_is_killed_with_all_that_it_started(
    host: LocalHost, tmp_path: Path, command: LiteralString
) -> None:
    pid = tmp_path / "pid"
    with pytest.raises(HostError, match="wcsdiag's own limit") as error:
        host.run(command, str(pid), timeout_s=1.0)
    assert error.value.reason is HostFailure.TIMED_OUT
    assert has_ended(pid.read_text().strip())


def has_ended(pid: str) -> bool:
    """A signal takes a moment to end a process; a zombie has ended."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().split()[2]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_command_that_leaves_something_behind_ends_at_its_deadline(host: LocalHost) -> None:
    with pytest.raises(HostError) as error:
        host.run("sleep 60 & exit 0", timeout_s=0.3)
    assert error.value.reason is HostFailure.TIMED_OUT


def test_closing_frees_whoever_waits(host: LocalHost) -> None:
    reasons: list[HostFailure] = []
    started = threading.Event()

    def wait() -> None:
        started.set()
        try:
            host.run("sleep 60")
        except HostError as error:
            reasons.append(error.reason)

    thread = threading.Thread(target=wait)
    thread.start()
    started.wait(5)
    host.close()
    thread.join(5)
    assert reasons == [HostFailure.LOST]
    with pytest.raises(HostError) as error:
        host.run("true")
    assert error.value.reason is HostFailure.LOST


def test_files_are_read_in_parts_and_listed(host: LocalHost, tmp_path: Path) -> None:
    file = tmp_path / "a log.log"
    file.write_bytes(b"0123456789")
    assert host.read(str(file), offset=2, limit=3) == b"234"
    assert host.read(str(file), root=True) == b"0123456789"
    assert host.stat(str(file)).size == 10
    assert host.stat(str(tmp_path)).is_directory
    assert host.glob(f"{tmp_path}/*.log") == (str(file),)


def test_what_is_no_plain_file_cannot_make_us_wait(host: LocalHost, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    quick = LocalHost("localhost", Lifetime(timeout_s=0.3))
    with pytest.raises(HostError) as error:
        quick.read(str(pipe))
    assert error.value.reason is HostFailure.TIMED_OUT


@pytest.mark.parametrize("path", ["/nonexistent/file", "/etc/passwd/x", "/nul\0byte"])
def test_a_file_that_is_not_there_is_not_found(host: LocalHost, path: str) -> None:
    with pytest.raises(HostError) as error:
        host.stat(path)
    assert error.value.reason is HostFailure.NOT_FOUND


def test_names_and_ports(host: LocalHost) -> None:
    assert {"127.0.0.1", "::1"} & set(host.resolve("localhost"))
    with tcp_server(stay_silent) as port:
        stream = host.open_tcp("127.0.0.1", port, timeout_s=0.1)
        with pytest.raises(TimeoutError):
            stream.recv(1)
        stream.close()
    with pytest.raises(HostError, match="Connection refused") as error:
        host.open_tcp("127.0.0.1", free_port())
    assert error.value.reason is HostFailure.REFUSED
