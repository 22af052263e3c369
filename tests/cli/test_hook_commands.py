"""The commands for hook traffic, asked wrongly or in the wrong place: each says what is right."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wcsdiag.cli.hook_lines import HookLines
from wcsdiag.cli.main import main
from wcsdiag.cli.stream import look_of
from wcsdiag.hooks.exchange import Exchange, Failure, Source
from wcsdiag.receiver.hook_site import SeenHook

LOG = b"13:39:39,893 INFO  CorePool-1 a line of a log\n" * 3
CAPTURE = b"\xd4\xc3\xb2\xa1" + bytes(20)
RECORDING = b'{"format": "wcsdiag-recording", "version": 1, "secrets": "masked"}\n'
URL = ("--url", "http://127.0.0.1:9/x")

WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "logs of nothing": (("logs",), "wcsdiag logs FILE"),
    "send to nowhere": (("send",), "--url URL"),
    "send to nowhere names the host too": (("send",), "--host HOST"),
    "a log that is a capture": (("logs", "capture"), "`wcsdiag trace` reads it"),
    "a log that is a recording": (("logs", "recording"), "`wcsdiag replay` sends it"),
    "a capture that is a log": (("trace", "log"), "`wcsdiag logs` reads"),
    "a capture that is a recording": (("trace", "recording"), "`wcsdiag replay` sends it"),
    "a log here and a host": (("logs", "log", "--host", "wcs1"), "without --host"),
    "a capture here and a host": (("trace", "capture", "--host", "wcs1"), "without --host"),
    "replay of nothing": (("replay", *URL), "see wcsdiag replay --help"),
    "replay of prose": (("replay", "prose", *URL), "neither a capture, nor a recording"),
    "replay's deadline": (("replay", "log", *URL, "--deadline", "x"), "--deadline: 'x'"),
    "send's rate": (("send", *URL, "--rate", "nan"), "--rate: 'nan' is not a number above 0"),
    "send's count": (("send", *URL, "--count", "1.5"), "--count: '1.5' is not a whole number"),
    "trace's count": (("trace", "--live", "--count", "0"), "--count: '0' is not a whole number"),
    "trace's duration": (("trace", "--live", "--duration", "x"), "--duration: 'x'"),
    "serve's port": (("serve", "--port", "x"), "--port: 'x' is not a port"),
    "serve's count": (("serve", "--count", "0"), "--count: '0' is not a whole number"),
    "serve's fault every": (("serve", "--fault", "slow", "--fault-every", "-1"), "--fault-every"),
    "a fault like none": (("serve", "--fault", "nope"), "--list-faults names them"),
    "a fault misspelt": (("serve", "--fault", "status-50"), "did you mean status-500?"),
    "a very long name": (("trace", "x" * 5000), "[...]"),
}


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in {
        "log": LOG,
        "capture": CAPTURE,
        "recording": RECORDING,
        "prose": b"no time begins this line\n",
        "empty": b"",
    }.items():
        Path(name).write_bytes(content)


@pytest.mark.parametrize(("arguments", "says"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_one_line_that_says_what_is_right(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(arguments)

    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert said.err.count("\n") == 1
    assert says in said.err
    assert len(said.err) < 2100


def test_the_variable_of_the_host_does_not_stand_in_the_way_of_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WCSDIAG_HOST", "wcs1")

    assert main(("logs", "log")) == 3
    assert "no hooks seen" in capsys.readouterr().out


def test_the_variable_of_the_window_does_not_cut_a_file_and_is_read_for_a_host(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WCSDIAG_SINCE", "soon")

    assert main(("logs", "log")) == 3
    assert main(("logs", "--host", "localhost")) == 2
    assert "WCSDIAG_SINCE: 'soon' is not a duration" in capsys.readouterr().err


def test_an_empty_log_is_told_and_what_to_do_then(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("logs", "empty")) == 3
    out = " ".join(capsys.readouterr().out.split())
    assert "empty is empty" in out
    assert "To do: " in out
    assert "`wcsdiag all --host HOST`" in out


@pytest.mark.parametrize("arguments", [("--version",), ("checks",), ("trace", "capture")])
def test_a_closed_stdout_is_no_bug(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", None)

    assert main(arguments) == 2
    assert "stdout is closed" in capsys.readouterr().err


def test_a_closed_stdout_looks_like_plain_text() -> None:
    assert look_of(None, {}).colour is False


@pytest.mark.parametrize("command", ["logs", "trace", "send", "serve", "replay"])
def test_the_list_of_commands_says_each_whole(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(("--help",)) == 0
    line = next(
        line for line in capsys.readouterr().out.splitlines() if line.startswith(f"  {command}")
    )
    assert not line.endswith("...")


def test_a_hook_is_a_line_of_80_columns_with_what_went_wrong_beneath() -> None:
    written: list[str] = []
    lines = HookLines(written.append, zone=UTC)
    at = datetime(2026, 3, 1, 12, 3, 4, 118000, tzinfo=UTC)
    for failure, status, error in (
        (None, 200, None),
        (Failure.REFUSED, None, "java.net.ConnectException: Connection refused " * 3),
        (Failure.CONNECT_TIMED_OUT, None, "x"),
    ):
        exchange = Exchange(
            method="OnTransferStatusEventThatIsVeryLong",
            url="http://web/x",
            source=Source.LOG,
            request={"appKey": "a" * 40, "sessionId": "wcsdiag-synthetic-session-0123456789"},
            sent_at=at,
            seconds=1.5 if status else None,
            status=status,
            failure=failure,
            error=error,
        )
        lines.show(SeenHook(exchange))
    heads = [text.split("\n")[0] for text in written]
    assert max(map(len, heads)) <= 81
    assert heads[0].startswith("12:03:04.118  OnTransferStatusEvent..  aaaaaaaa..  0123456789 ")
    assert heads[0].endswith("200       1.50 s")
    assert "Connection refused" in written[1].split("\n")[1]
