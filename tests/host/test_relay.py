"""Each program that can relay a connection, alone in its PATH."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import free_port, require_tool
from tests.support_web import json_answer, serving
from wcsdiag.host.command import shell_command
from wcsdiag.host.relay import PROGRAMS, RELAY

_HELPERS = ("cat",)
every_program = pytest.mark.parametrize("program", PROGRAMS)


@contextmanager
def relaying(folder: Path, program: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The relay's script, with that program and nothing else to find."""
    for name in (program, *_HELPERS):
        # The python3 of a PATH may be a script that needs other programs: take our own.
        real = sys.executable if name == "python3" else require_tool(name)
        (folder / name).symlink_to(Path(real).resolve())
    command = shell_command(RELAY, ("127.0.0.1", str(port), "3.0"))
    with subprocess.Popen(
        ["/bin/sh", "-c", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": str(folder), "LC_ALL": "C"},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@every_program
def test_what_is_sent_arrives_and_the_answer_comes_back(program: str, tmp_path: Path) -> None:
    with (
        serving(json_answer({"nodeId": "n"})) as server,
        relaying(tmp_path, program, server.port) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == f"{program}\n".encode()
        assert process.stdout.readline() == b"open\n"
        process.stdin.write(b"POST /connect HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"HTTP/1.1 200")


@every_program
def test_a_closed_port_is_told_in_the_systems_words(program: str, tmp_path: Path) -> None:
    with relaying(tmp_path, program, free_port()) as process:
        out, err = process.communicate(timeout=20)

    assert out == f"{program}\n".encode()
    assert b"Connection refused" in err
