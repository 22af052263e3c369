"""Whatever comes from outside: a finding that names it, never a hang, a crash or an escape."""

from __future__ import annotations

import itertools
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.program import Answers, codes, on_lab, on_port
from tests.host.servers import flood, say, stay_silent, tcp_server
from wcsdiag.lab.cli_commands import CliAnswer, CliCommands
from wcsdiag.lab.cli_shell import CliShell
from wcsdiag.lab.lab import Lab, open_scenario
from wcsdiag.lab.scenario import (
    CliTrouble,
    LabApp,
    LabCli,
    LabSettings,
    Scenario,
)
from wcsdiag.lab.web_server import WebSite

SHORT = ("--timeout", "4s", "--deadline", "50s")
ESCAPES = b"\x1b[2J\x1b]0;owned\x07 \xff\xfe \x9b31m \xe2\x80\xae \x00 failure"


def drip(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"x")
        time.sleep(1)


def endless_lines(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"x\r\n" * 10_000)


SSH_SERVERS: dict[str, tuple[Callable[[socket.socket], None], str]] = {
    "silent": (stay_silent, "said nothing within 4.0 s (wcsdiag's own limit)"),
    "a mail server": (say(b"220 mail ESMTP\r\n"), "it said: 220 mail ESMTP"),
    "escapes": (say(ESCAPES + b"\r\n"), "does not speak SSH"),
    "floods": (flood, "does not speak SSH"),
    "floods with lines": (endless_lines, "does not speak SSH"),
    "drips": (drip, "does not speak SSH"),
    "SSH that stops": (say(b"SSH-2.0-x\r\n"), "127.0.0.1"),
    "SSH and then garbage": (say(b"SSH-2.0-\x1b[2J\xff\r\n" + bytes(range(256)) * 99), "127.0.0.1"),
}


@pytest.mark.parametrize("name", SSH_SERVERS)
def test_what_is_no_ssh_server_is_the_one_cause(name: str, tmp_path: Path) -> None:
    handle, says = SSH_SERVERS[name]

    with tcp_server(handle) as port:
        answers = on_port(port, tmp_path).in_every_format(*SHORT)

    assert answers.report["exit_code"] == 1
    assert codes(answers.report["causes"]) == ["HST101"]
    assert says in answers.text


def lines_without_end(_self: CliCommands, _line: str) -> CliAnswer:
    return CliAnswer("one more line\n" * 100_000)


def bytes_of_any_kind(_self: CliCommands, _line: str) -> CliAnswer:
    return CliAnswer("\x1b[2J\x1b]0;owned\x07 \udc80 \u202e \x00 nonsense\n" * 9)


def no_prompt(shell: CliShell) -> None:
    shell._print("welcome\r\nready when you are\r\n")


@pytest.mark.parametrize("gives_exec", [True, False], ids=["exec", "shell"])
@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (CliTrouble.FLOOD, "printed more than our limit of 1048576 bytes"),
        (CliTrouble.SILENT, "within our limit of 4.0 s: no prompt was seen"),
    ],
    ids=["floods", "is silent"],
)
def test_a_cli_that_does_not_answer_is_named_with_our_limit(
    trouble: CliTrouble, says: str, *, gives_exec: bool, tmp_path: Path
) -> None:
    cli = LabCli(trouble=trouble, gives_exec=gives_exec)

    with open_scenario(Scenario(cli=cli)) as lab:
        answers = on_lab(lab, tmp_path).in_every_format(*SHORT, "--verbose")

    assert "URL104" in warned(answers)
    assert says in answers.text


def test_a_cli_that_pages_for_ever_is_named_with_our_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CliCommands, "answer", lines_without_end)

    with open_scenario(Scenario(cli=LabCli(gives_exec=False, page_lines=3))) as lab:
        answers = on_lab(lab, tmp_path).in_every_format(*SHORT, "--verbose")

    assert "URL104" in warned(answers)
    assert "`show apps -d` was not answered within our limit of 4.0 s" in answers.text


def test_a_cli_that_never_prompts_is_named_with_our_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CliShell, "_print_prompt", no_prompt)

    with open_scenario(Scenario(cli=LabCli(gives_exec=False))) as lab:
        answers = on_lab(lab, tmp_path).in_every_format(*SHORT, "--verbose")

    assert "URL104" in warned(answers)
    assert "within our limit of 4.0 s: no prompt was seen" in answers.text


def warned(answers: Answers) -> list[str]:
    return [each["code"] for each in answers.report["results"] if each["status"] == "warn"]


def web_server(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[socket.socket], None]
) -> Scenario:
    """A lab whose web server answers every hook with `answer`; WCS waits three seconds for it."""

    def talk(_site: WebSite, connection: socket.socket) -> None:
        answer(received(connection))

    monkeypatch.setattr("wcsdiag.lab.web_server._talk", talk)
    return Scenario(settings=LabSettings({"rest_request_timeout": "3"}))


def received(connection: socket.socket) -> socket.socket:
    """The connection, once the hook has come."""
    connection.recv(65536)
    return connection


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def gigabyte(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n[" % (1 << 30))
    for _ in range(1 << 14):
        connection.sendall(b"1," * (1 << 15))


def gigabyte_of_headers(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    for number in itertools.count():
        connection.sendall(b"X-%d: %s\r\n" % (number, b"x" * 1000))


def dripped_head(connection: socket.socket) -> None:
    for byte in HEAD:
        connection.sendall(bytes([byte]))
        time.sleep(1)


def escapes_everywhere(connection: socket.socket) -> None:
    connection.sendall(
        b"HTTP/1.1 500 " + ESCAPES.replace(b"\x00", b"") + b"\r\nContent-Type: " + b"\x1b[2J\xff"
        b"\r\nLocation: \x1b[31m\xff\r\nContent-Length: %d\r\n\r\n" % len(ESCAPES) + ESCAPES
    )


def json_of_bad_bytes(connection: socket.socket) -> None:
    body = b'{"appKey": "\xff\xfe\x1b[2J"}'
    connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def nested_json(connection: socket.socket) -> None:
    body = b"[" * 100_000
    connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)


WEB_SERVERS: dict[str, tuple[Callable[[socket.socket], None], str, str]] = {
    "1 GB": (gigabyte, "WEB110", "larger than wcsdiag reads"),
    "1 GB of headers": (gigabyte_of_headers, "WEB107", "http://127."),
    "a byte a second": (dripped_head, "WEB112", "the limit of WCS"),
    "escapes": (escapes_everywhere, "WEB108", "500"),
    "invalid UTF-8": (json_of_bad_bytes, "WEB110", "is not JSON"),
    "nested without end": (nested_json, "WEB110", "is not JSON"),
    "silence": (stay_silent, "WEB112", "the limit of WCS"),
    "noise": (flood, "WEB107", "http://127."),
}


@pytest.mark.parametrize("name", WEB_SERVERS)
def test_a_web_server_that_misbehaves_is_the_one_cause(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, cause, says = WEB_SERVERS[name]

    with open_scenario(web_server(monkeypatch, answer)) as lab:
        answers = on_lab(lab, tmp_path).in_every_format(*SHORT)

    assert codes(answers.report["causes"]) == [cause]
    assert says in answers.text


def now() -> bytes:
    return time.strftime("%H:%M:%S").encode()


def error_line(text: bytes) -> bytes:
    return now() + b",500 ERROR           RestClient - API-ASYNC-pool-1-thread-1 " + text + b"\n"


LOG_LINES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a line of 10 MB": (lambda: error_line(b"failure " + b"A" * 10_000_000), "failure AAAA"),
    "10 MB between": (
        lambda: error_line(b"failure early") + b"B" * 10_000_000 + b"\n" + error_line(b"late one"),
        "failure early",
    ),
    "binary between": (
        lambda: error_line(b"failure early") + os.urandom(5_000_000) + b"\n" + error_line(b"late"),
        "failure early",
    ),
    "escapes": (lambda: error_line(ESCAPES), r"\x1b[2J\x1b]0;owned\x07"),
    "invalid UTF-8": (lambda: error_line(b"failure \xff\xfe\xc3\x28"), "failure"),
}


@pytest.mark.parametrize("name", LOG_LINES)
def test_errors_are_found_in_whatever_the_log_holds(name: str, tmp_path: Path) -> None:
    lines, says = LOG_LINES[name]

    with open_scenario(Scenario()) as lab:
        append(lab, lines())
        answers = on_lab(lab, tmp_path).in_every_format(*SHORT, "--verbose")

    assert "LOG105" in warned(answers)
    assert says in answers.text


def append(lab: Lab, data: bytes) -> None:
    with lab.log.open("ab") as log:
        log.write(data)


def test_a_log_that_is_no_text_could_not_be_judged(tmp_path: Path) -> None:
    with open_scenario(Scenario()) as lab:
        lab.log.write_bytes(os.urandom(5_000_000))
        answers = on_lab(lab, tmp_path).in_every_format(*SHORT)

    assert answers.report["exit_code"] == 3
    unjudged = [r["code"] for r in answers.report["results"] if r["run"] == "undetermined"]
    assert {"LOG104", "LOG105"} <= set(unjudged)


@pytest.mark.parametrize(
    "name",
    [
        "conf/flashphoner.properties",
        "conf/wcs-core.properties",
        "conf/database.yml",
        "conf/WCS.version",
        "bin/setenv.sh",
        "bin/FlashphonerMainWebCallServer.pid",
    ],
)
def test_files_of_any_content_break_nothing(name: str, tmp_path: Path) -> None:
    with open_scenario(Scenario()) as lab:
        (lab.home / name).write_bytes(ESCAPES * 50 + b"x" * 20_000_000)
        answers = on_lab(lab, tmp_path).in_every_format(*SHORT, "--verbose")

    assert answers.report["verdict"] != "broken"


def test_names_with_escapes_are_shown_written_out(tmp_path: Path) -> None:
    name = "app\x1b[2J\x9b31m\u202e"
    scenario = Scenario(apps=(LabApp(name, name), LabApp("good", "good", "http://\x1b[2J/\x07")))

    with open_scenario(scenario) as lab:
        answers = on_lab(lab, tmp_path).in_every_format(*SHORT, "--verbose")

    assert codes(answers.report["causes"]) == ["URL104"]
