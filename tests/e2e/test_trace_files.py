"""Captures that are files: shown in every format, and judged."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.hooks import captured, send, web_server
from tests.e2e.program import Ended, Program, controls_in, finish


class Captures:
    """Real captures: two scenarios whole, and one without a hook."""

    def __init__(self, directory: Path) -> None:
        self.whole = directory / "whole.pcap"
        self.later = directory / "later.pcap"
        self.broken = directory / "broken.pcap"
        with web_server(directory / "web") as self.port:
            with captured(self.whole, self.port):
                send(self.port, "connection")
            with captured(self.later, self.port):
                send(self.port, "publish")
            with captured(self.broken, self.port):
                send(self.port, "call", without="hangup")


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Captures:
    return Captures(tmp_path_factory.mktemp("captures"))


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path, ())


def methods_in(ended: Ended) -> list[str]:
    return [each["method"] for each in json.loads(ended.out)["exchanges"]]


def test_a_capture_with_whole_sequences_is_healthy(captures: Captures, program: Program) -> None:
    ended = program.run("trace", str(captures.whole))
    assert (ended.code, ended.err) == (0, b""), ended
    assert b"ConnectionStatusEvent" in ended.out
    assert not controls_in(ended.out)


@pytest.mark.parametrize(
    ("name", "begins"),
    [("json", b"{"), ("html", b"<!DOCTYPE html>"), ("mermaid", b"sequenceDiagram")],
)
def test_every_format_is_one_whole_document_with_the_same_exit_code(
    name: str, begins: bytes, captures: Captures, program: Program
) -> None:
    ended = program.run("trace", "--format", name, str(captures.whole))
    assert (ended.code, ended.err) == (0, b""), ended
    assert ended.out.lower().startswith(begins.lower())
    assert b"ConnectionStatusEvent" in ended.out


def test_what_is_asked_for_by_name_and_missing_is_named(
    captures: Captures, program: Program
) -> None:
    ended = program.run("trace", str(captures.broken), "--expect", "call")
    assert ended.code == 1, ended
    assert b"hangup" in ended.out


def test_a_capture_that_goes_through_a_pipe_is_read_as_well(
    captures: Captures, program: Program
) -> None:
    command = [sys.executable, "-m", "wcsdiag", "trace", "-", "--format", "json"]
    packed = gzip.compress(captures.whole.read_bytes())
    ended = subprocess.run(command, input=packed, capture_output=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert methods_in(Ended(0, ended.stdout, b"")) == ["connect", "ConnectionStatusEvent"]


def test_several_captures_are_one_trace_in_the_order_of_time(
    captures: Captures, program: Program
) -> None:
    ended = program.run("trace", str(captures.later), str(captures.whole), "--format", "json")
    assert methods_in(ended)[:2] == ["connect", "ConnectionStatusEvent"]
    assert "publishStream" in methods_in(ended)


def test_a_port_narrows_what_is_looked_at_and_nothing_is_not_healthy(
    captures: Captures, program: Program
) -> None:
    assert program.run("trace", str(captures.whole), "--port", str(captures.port)).code == 0
    assert program.run("trace", str(captures.whole), "--port", "1").code == 3


def test_the_output_may_be_a_file(captures: Captures, program: Program, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    ended = program.run("trace", str(captures.whole), "--format", "html", "--output", str(page))
    assert (ended.code, ended.out) == (0, b"")
    assert b"healthy" in ended.err
    assert "</html>" in page.read_text()


def test_a_capture_that_is_cut_off_shows_what_could_be_read(
    captures: Captures, program: Program, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(captures.whole.read_bytes()[:-50])
    ended = program.run("trace", str(cut), "--format", "json")
    assert "connect" in methods_in(ended)


def test_an_interrupted_reading_shows_what_was_read(captures: Captures, program: Program) -> None:
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "wcsdiag", "trace", "-", "--format", "json"]
    with subprocess.Popen(
        command, stdin=reading, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        os.close(reading)
        os.write(writing, captures.whole.read_bytes())
        while _unread(writing):
            pass
        process.send_signal(signal.SIGINT)
        ended = finish(process)
        os.close(writing)
    assert ended.code == 130, ended
    assert methods_in(ended) == ["connect", "ConnectionStatusEvent"]


def _unread(pipe: int) -> int:
    import array
    import fcntl
    import termios

    waiting = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, waiting)
    return waiting[0]


BAD: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "No such file"),
    "empty": (b"", "empty"),
    "text": (b"12:00:00,000 INFO a log\n" * 20, "not a capture"),
    "zeroes": (bytes(1000), "not a capture"),
    "cut gzip": (b"\x1f\x8b\x08\x00", ""),
}


@pytest.mark.parametrize(("content", "says"), BAD.values(), ids=BAD.keys())
def test_a_file_that_is_no_capture_is_told_in_one_line(
    content: bytes | None, says: str, program: Program, tmp_path: Path
) -> None:
    file = tmp_path / "file.pcap"
    if content is not None:
        file.write_bytes(content)
    ended = program.run("trace", str(file))
    assert (ended.code, ended.out) == (2, b""), ended
    assert ended.err.count(b"\n") == 1
    assert says in ended.err.decode()
    assert str(file) in ended.err.decode()


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "nothing to read": ((), "name a capture"),
    "a directory": (("/",), "Is a directory"),
    "file and live": (("x.pcap", "--live"), "give one of them"),
    "port in words": (("x.pcap", "--port", "http"), "--port: 'http' is not a port"),
    "unknown scenario": (("x.pcap", "--expect", "cal"), "did you mean 'call'?"),
    "count of a file": (("x.pcap", "--count", "3"), "--live"),
    "live without host": (("--live",), "no host: give --host"),
    "count": (("--live", "--host", "localhost", "--count", "-1"), "--count"),
    "duration": (("--live", "--host", "localhost", "--duration", "soon"), "duration"),
    "format": (("x.pcap", "--format", "junit"), "text, json, html, mermaid"),
}


@pytest.mark.parametrize(("arguments", "says"), WRONG.values(), ids=WRONG.keys())
def test_what_is_asked_wrongly_is_told_in_one_line(
    arguments: tuple[str, ...], says: str, program: Program
) -> None:
    ended = program.run("trace", *arguments)
    assert (ended.code, ended.out) == (2, b""), ended
    assert ended.err.count(b"\n") == 1
    assert says in ended.err.decode()
