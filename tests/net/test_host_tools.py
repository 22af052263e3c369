"""Connections by the host's own programs, run by a real shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import LiteralString

import pytest

from tests.support import free_port, require_tool
from tests.support_web import answer, serving
from wcsdiag.host.command import shell_command
from wcsdiag.host.interface import DEFAULT_LIMIT, CommandResult, HostError, HostFailure
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.net.host_tools import connect_by_tool
from wcsdiag.net.probe import Outcome, Phase, Vantage
from wcsdiag.net.prober import Hook, ProbeRequest, probe


class ShellHost(RecordedHost):
    """A recorded host whose commands are run by /bin/sh, with these programs alone."""

    def __init__(self, programs: Path) -> None:
        denied = HostError(HostFailure.CHANNEL_REFUSED, "open failed")
        super().__init__(tcp={("127.0.0.1", port): denied for port in range(1, 65536)})
        self._programs = programs

    def run(
        self,
        template: LiteralString,
        *arguments: str,
        root: bool = False,
        limit: int = DEFAULT_LIMIT,
        timeout_s: float | None = None,
    ) -> CommandResult:
        command = shell_command(template, arguments)
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            capture_output=True,
            check=False,
            timeout=10,
            env={"PATH": str(self._programs), "LC_ALL": "C"},
        )
        return CommandResult(command, done.returncode, done.stdout, done.stderr)


def host_with(directory: Path, *programs: str) -> ShellHost:
    for program in programs:
        found = sys.executable if program == "python3" else require_tool(program)
        (directory / program).symlink_to(Path(found).resolve())
    return ShellHost(directory)


@pytest.mark.parametrize("programs", [("python3",), ("bash", "timeout")])
def test_each_program_tells_open_from_refused(tmp_path: Path, programs: tuple[str, ...]) -> None:
    host = host_with(tmp_path, *programs)
    with serving(answer()) as server:
        connected = connect_by_tool(host, "127.0.0.1", server.port, 5)
    refused = connect_by_tool(host, "127.0.0.1", free_port(), 5)
    assert connected is not None
    assert (connected.tool, connected.outcome) == (programs[0], Outcome.OK)
    assert refused is not None
    assert refused.outcome is Outcome.REFUSED
    assert "refused" in refused.detail


def test_given_a_host_without_such_a_program_then_nothing_is_known(tmp_path: Path) -> None:
    assert connect_by_tool(host_with(tmp_path), "127.0.0.1", 80, 5) is None


def test_given_a_program_that_does_not_work_then_nothing_is_known(tmp_path: Path) -> None:
    broken = tmp_path / "python3"
    broken.write_text("#!/bin/sh\necho no such interpreter >&2; exit 127\n")
    broken.chmod(0o755)
    assert connect_by_tool(ShellHost(tmp_path), "127.0.0.1", 80, 5) is None


def test_given_denied_forwarding_then_the_probe_uses_a_program(tmp_path: Path) -> None:
    host = host_with(tmp_path, "bash", "timeout")
    lifetime = Lifetime(5, deadline_s=20)
    with serving(answer()) as server:
        url = server.url()
        request = ProbeRequest(url, "http", "127.0.0.1", server.port, Hook(url, b"{}"))
        seen = probe(
            Vantage.HOST,
            host,
            request,
            lifetime,
            lambda address, port, limit: connect_by_tool(host, address, port, limit),
        )
    assert seen.tool == "bash"
    assert [(result.phase, result.outcome) for result in seen.phases[1:]] == [
        (Phase.CONNECT, Outcome.OK),
        (Phase.HTTP, Outcome.FORWARDING_DENIED),
    ]
