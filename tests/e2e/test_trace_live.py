"""Hooks captured on the host while they pass, and nothing left behind there."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.e2e.hooks import PATIENCE_S, processes_naming, send, wait_for, web_server
from tests.e2e.program import Ended, Program, finish
from tests.e2e.real_target import real_target
from tests.support import free_port, require_tool
from tests.support_sshd import Sshd, running_sshd
from wcsdiag.target import Target


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    require_tool("tcpdump")
    with running_sshd(tmp_path_factory.mktemp("sshd") / "s", address="127.0.0.2") as server:
        yield server


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with web_server(tmp_path_factory.mktemp("web")) as number:
        yield number


def on_target(target: Target, home: Path) -> Program:
    ssh = home / ".ssh"
    ssh.mkdir(exist_ok=True)
    assert target.known_hosts is not None
    (ssh / "known_hosts").write_text(target.known_hosts.read_text())
    options = (
        *("--host", target.host, "--ssh-user", str(target.ssh_user)),
        *("--ssh-port", str(target.ssh_port), "--ssh-key", str(target.ssh_key)),
    )
    return Program(home, options)


@pytest.fixture(params=["ssh", "localhost"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Program:
    if request.param == "localhost":
        require_tool("tcpdump")
        return Program(tmp_path, ("--host", "localhost"))
    sshd: Sshd = request.getfixturevalue("sshd")
    return on_target(sshd.target(), tmp_path)


@dataclass
class Capturing:
    """A run that captures already. `ended` is what it said, once it has ended."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def filter(self) -> str:
        """What stands in the command line of its tcpdump alone."""
        return f"tcp port {self.port}"

    def finish(self) -> Ended:
        """Its end; nothing of it is left on the host then."""
        ended = finish(self.process)
        wait_for(lambda: not processes_naming(self.filter))
        return ended


@contextlib.contextmanager
def capturing(program: Program, port: int, *arguments: str) -> Iterator[Capturing]:
    options = ("--live", "--port", str(port), "--format", "json", *arguments)
    with program.start("trace", *options) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert b"capturing TCP port" in line, line + process.stderr.read()
            yield Capturing(process, port)
        finally:
            process.kill()


def methods_in(ended: Ended) -> list[str]:
    return [each["method"] for each in json.loads(ended.out)["exchanges"]]


def test_it_ends_by_itself_after_as_many_hooks_as_were_asked_for(
    program: Program, port: int
) -> None:
    with capturing(program, port, "--count", "2") as run:
        send(port, "connection")
        ended = run.finish()
    assert methods_in(ended) == ["connect", "ConnectionStatusEvent"]
    assert (ended.code, ended.err) == (0, b"")


def test_after_ctrl_c_what_was_seen_is_shown(program: Program, port: int) -> None:
    with capturing(program, port) as run:
        send(port, "connection")
        wait_for(lambda: _has_taken(run))
        run.process.send_signal(signal.SIGINT)
        ended = run.finish()
    assert methods_in(ended) == ["connect", "ConnectionStatusEvent"]
    assert ended.code == 130


def _has_taken(run: Capturing) -> bool:
    """It reads several times a second: what was sent long enough ago has arrived."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        run.process.wait(1.5)
    return True


def test_silence_is_told_and_is_not_healthy(program: Program) -> None:
    with capturing(program, free_port(), "--duration", "1s") as run:
        ended = run.finish()
    assert ended.code == 3
    assert "no hook was seen on TCP port" in ended.out.decode()


def test_a_web_server_that_refuses_is_seen(program: Program) -> None:
    port = free_port()
    with capturing(program, port, "--duration", "2s") as run:
        with contextlib.suppress(ConnectionRefusedError):
            send(port, "connection")
        ended = run.finish()
    assert ended.code == 1, ended
    assert "refused" in ended.out.decode()


def test_killed_it_leaves_nothing_behind(program: Program, port: int) -> None:
    with capturing(program, port) as run:
        assert processes_naming(run.filter)
        run.process.send_signal(signal.SIGKILL)
        run.process.wait(PATIENCE_S)
        wait_for(lambda: not processes_naming(run.filter))


def test_a_lost_connection_is_told_and_leaves_nothing_behind(
    sshd: Sshd, port: int, tmp_path: Path
) -> None:
    listener = psutil.Process(int((sshd.log_path.parent / "sshd.pid").read_text()))
    with capturing(on_target(sshd.target(), tmp_path), port) as run:
        for serving in listener.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if serving.name().startswith("sshd"):
                    serving.kill()
        ended = run.finish()
    assert ended.code == 3
    assert "the SSH connection was lost" in ended.out.decode()


def test_our_own_connection_is_no_part_of_the_capture(sshd: Sshd, tmp_path: Path) -> None:
    program = on_target(sshd.target(), tmp_path)
    with capturing(program, sshd.port, "--duration", "2s") as run:
        ended = run.finish()
    assert ended.code == 3
    assert json.loads(ended.out)["exchanges"] == []
    assert "SSH-2.0" not in ended.out.decode()


def test_a_host_without_tcpdump_says_what_to_do(tmp_path: Path) -> None:
    few = tmp_path / "bin"
    few.mkdir()
    for name in ("sh", "id", "timeout", "bash"):
        (few / name).symlink_to(require_tool(name))
    options = (f"SetEnv PATH={few}",)
    with running_sshd(tmp_path / "s", options, address="127.0.0.2") as sshd:
        ended = on_target(sshd.target(), tmp_path).run("trace", "--live", "--port", "9091")
    assert (ended.code, ended.out) == (3, b""), ended
    assert "there is no tcpdump on 127.0.0.2" in ended.err.decode()


def test_a_host_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    options = ("--host", "127.0.0.1", "--ssh-port", str(free_port()), "--ssh-user", "nobody")
    ended = Program(tmp_path, options).run("trace", "--live", "--port", "9091")
    assert (ended.code, ended.out) == (3, b"")
    assert "no way onto the host" in ended.err.decode()


def test_the_port_is_that_of_the_apps_rest_url(tmp_path: Path) -> None:
    with real_target(tmp_path) as real:
        assert real.target.cli_password is not None
        program = on_target(real.target, tmp_path)
        options = (*program.options, "--cli-port", str(real.target.cli_port))
        options = (*options, "--wcs-home", str(real.home.path))
        password = {"WCSDIAG_CLI_PASSWORD": real.target.cli_password.reveal()}
        port = int(real.url.split(":")[2].split("/")[0])
        process = Program(tmp_path, options, password).start(
            "trace", "--live", "--count", "2", "--format", "json"
        )
        with process:
            assert process.stderr is not None
            assert f"capturing TCP port {port} ".encode() in process.stderr.readline()
            send(port, "connection")
            ended = finish(process)
    assert methods_in(ended) == ["connect", "ConnectionStatusEvent"]
