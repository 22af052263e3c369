"""The dialogue with the CLI, against shells that misbehave in every way we could think of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from wcsdiag.wcs.cli import CliError, CliFailure, CliSession, Question, Show
from wcsdiag.wcs.cli_transport import ShellChannel

APPS = Question(Show.APPS)
LISTING = b"Name  Key\r\none   1\r\n"

Answer = Callable[[bytes], Iterable[bytes | None]]
"""From what was typed to what arrives; None is a silence, b"" the end."""


class FakeShell:
    """A shell that says `greeting`, then for each line typed what `answer` gives."""

    def __init__(self, greeting: Iterable[bytes | None], answer: Answer) -> None:
        self._arriving: Iterator[bytes | None] = iter(greeting)
        self._answer = answer
        self.typed: list[bytes] = []
        self.closed = False

    def send(self, data: bytes) -> None:
        self.typed.append(data)
        self._arriving = iter(self._answer(data))

    def receive(self, timeout_s: float) -> bytes | None:
        return next(self._arriving, None) if timeout_s > 0 else None

    def close(self) -> None:
        self.closed = True


class FakeTransport:
    """A login; `execute` gives what `exec_answer` gives, or raises it."""

    where = "host: WCS CLI at 127.0.0.1:2001"
    legacy_algorithms: tuple[str, ...] = ()

    def __init__(
        self, shell: FakeShell | None = None, exec_answer: bytes | OSError | None = None
    ) -> None:
        self._shell = shell
        self._exec_answer = exec_answer
        self.executed: list[str] = []

    def execute(self, command: str, *, timeout_s: float, limit: int) -> bytes | None:
        self.executed.append(command)
        if isinstance(self._exec_answer, OSError):
            raise self._exec_answer
        return None if self._exec_answer is None else self._exec_answer[:limit]

    def open_shell(self) -> ShellChannel:
        if self._shell is None:
            raise OSError("no shell")
        return self._shell

    def close(self) -> None:
        pass


def bytewise(data: bytes) -> list[bytes | None]:
    return [bytes([byte]) for byte in data]


def session(shell: FakeShell, *, timeout_s: float = 0.2, limit: int = 1 << 20) -> CliSession:
    return CliSession(FakeTransport(shell), lambda: timeout_s, idle_s=0.01, limit=limit)


def failure_of(shell: FakeShell, *, limit: int = 1 << 20) -> CliError:
    with pytest.raises(CliError) as caught:
        session(shell, limit=limit).ask(APPS)
    return caught.value


@pytest.mark.parametrize("prompt", [b"%", b"% ", b">", b"> ", b"admin@wcs> ", b"\x1b[1m%\x1b[0m "])
def test_the_answer_is_what_stands_between_echo_and_prompt(prompt: bytes) -> None:
    shell = FakeShell(
        [b"Welcome to WCS\r\n" + prompt],
        lambda typed: bytewise(typed.strip() + b"\r\n" + LISTING + prompt),
    )
    assert session(shell).ask(APPS) == "Name  Key\none   1"
    assert shell.typed == [b"show apps\r"]


def test_an_echo_that_is_redrawn_at_every_key_is_removed() -> None:
    redrawn = b"".join(b"\r\x1b[K% " + b"show apps"[:end] for end in range(10))
    shell = FakeShell([b"% "], lambda _: [redrawn, b"\r\n", LISTING, b"% "])
    assert session(shell).ask(APPS) == "Name  Key\none   1"


def test_a_shell_that_does_not_echo_is_understood() -> None:
    shell = FakeShell([b"% "], lambda _: [b"\r\n" + LISTING + b"% "])
    assert session(shell).ask(APPS) == "Name  Key\none   1"


def test_a_percent_sign_in_the_output_is_not_the_end() -> None:
    shell = FakeShell(
        [b"% "], lambda _: [b"show apps\r\nload 50%", None, b" now\r\n", None, b"one 1\r\n% "]
    )
    assert session(shell).ask(APPS) == "load 50% now\none 1"


def test_one_shell_serves_all_questions() -> None:
    shell = FakeShell([b"% "], lambda typed: [typed.strip() + b"\r\n" + LISTING + b"% "])
    asked = session(shell)
    asked.ask(APPS)
    assert asked.ask(Question(Show.APP_REST_METHODS, "bob")) == "Name  Key\none   1"
    assert shell.typed == [b"show apps\r", b"show app-rest-methods bob\r"]
    assert asked.way == "interactive shell"


@pytest.mark.parametrize(
    ("pager", "key"),
    [
        (b"--More--", b" "),
        (b"\x1b[7m-- more (45%) --\x1b[0m", b" "),
        (b"Press any key to continue...", b" "),
        (b"Press ENTER to continue", b"\r"),
    ],
)
def test_a_pager_is_answered_and_leaves_no_trace(pager: bytes, key: bytes) -> None:
    def answer(typed: bytes) -> list[bytes | None]:
        if typed == b"show apps\r":
            return [b"show apps\r\none\r\n" + pager]
        return [b"\r" + b" " * 40 + b"\rtwo\r\n% "]

    shell = FakeShell([b"% "], answer)
    assert session(shell).ask(APPS) == "one\ntwo"
    assert shell.typed == [b"show apps\r", key]


def test_a_flood_is_cut_at_our_limit() -> None:
    def flood(_: bytes) -> Iterator[bytes]:
        while True:
            yield b"x" * 1000 + b"\r\n"

    assert failure_of(FakeShell([b"% "], flood), limit=50_000).reason is CliFailure.TOO_LONG


def test_a_flood_before_any_prompt_is_cut_as_well() -> None:
    def flood() -> Iterator[bytes]:
        while True:
            yield b"noise" * 1000

    shell = FakeShell(flood(), lambda _: [])
    assert failure_of(shell, limit=50_000).reason is CliFailure.TOO_LONG
    assert shell.typed == []


@pytest.mark.parametrize("greeting", [b"", b"Welcome\r\n", b"user@box:~$ ", b"root@box:~# "])
def test_without_a_prompt_of_the_cli_nothing_is_typed(greeting: bytes) -> None:
    shell = FakeShell([greeting] if greeting else [], lambda _: [])
    assert failure_of(shell).reason is CliFailure.NO_PROMPT
    assert shell.typed == []
    assert shell.closed


def test_an_answer_that_never_ends_times_out_by_our_limit() -> None:
    error = failure_of(FakeShell([b"% "], lambda _: [b"show apps\r\none\r\n"]))
    assert error.reason is CliFailure.TIMED_OUT
    assert "our limit" in str(error)
    assert "one" in error.raw


def test_a_prompt_within_the_answer_is_refused() -> None:
    shell = FakeShell([b"%"], lambda _: [b"show apps\r\n%\r\none 1\r\n%"])
    assert failure_of(shell).reason is CliFailure.AMBIGUOUS


def test_output_after_the_prompt_spoils_the_shell_for_good() -> None:
    class Late(FakeShell):
        def receive(self, timeout_s: float) -> bytes | None:
            if timeout_s > 0:
                return super().receive(timeout_s)
            return b"late\r\n" if self.typed else None

    asked = session(Late([b"% "], lambda _: [b"show apps\r\none\r\n% "]))
    asked.ask(APPS)
    for _ in range(2):
        with pytest.raises(CliError) as caught:
            asked.ask(APPS)
        assert caught.value.reason is CliFailure.AMBIGUOUS


def test_a_connection_closed_during_the_answer_is_told() -> None:
    shell = FakeShell([b"% "], lambda _: [b"show apps\r\n", b""])
    assert failure_of(shell).reason is CliFailure.CLOSED


def test_an_unknown_command_is_no_answer() -> None:
    shell = FakeShell([b"% "], lambda _: [b"show apps\r\nshow: command not found\r\n% "])
    assert failure_of(shell).reason is CliFailure.UNKNOWN_COMMAND


def test_the_exec_channel_is_used_where_there_is_one() -> None:
    transport = FakeTransport(exec_answer=LISTING)
    asked = CliSession(transport, lambda: 1.0)
    assert asked.ask(APPS) == "Name  Key\none   1"
    assert transport.executed == ["show apps"]
    assert asked.way == "exec channel"


@pytest.mark.parametrize(
    "answer",
    [None, b"", b"\r\n", b"sh: show: command not found\n", OSError("x"), TimeoutError("x")],
)
def test_the_shell_is_used_where_exec_is_useless(answer: bytes | OSError | None) -> None:
    shell = FakeShell([b"% "], lambda _: [b"show apps\r\n" + LISTING + b"% "])
    transport = FakeTransport(shell, answer)
    asked = CliSession(transport, lambda: 0.5, idle_s=0.01)
    assert asked.ask(APPS) == "Name  Key\none   1"
    asked.ask(APPS)
    assert len(transport.executed) == 1


def test_an_exec_answer_longer_than_the_limit_is_refused() -> None:
    with pytest.raises(CliError) as caught:
        CliSession(FakeTransport(exec_answer=b"x" * 200), lambda: 1.0, limit=100).ask(APPS)
    assert caught.value.reason is CliFailure.TOO_LONG


def test_a_refused_shell_is_told() -> None:
    with pytest.raises(CliError) as caught:
        CliSession(FakeTransport(), lambda: 1.0).ask(APPS)
    assert caught.value.reason is CliFailure.CLOSED


@pytest.mark.parametrize(
    "argument", ["-a", "--all", "", "a b", "a;b", "a\rremove app x", "a|b", "$(x)", "`x`", "é"]
)
def test_only_a_plain_word_can_be_an_argument(argument: str) -> None:
    with pytest.raises(CliError) as caught:
        Question(Show.APP_REST_METHODS, argument)
    assert caught.value.reason is CliFailure.ARGUMENT


def test_only_show_commands_exist() -> None:
    assert all(show.value.startswith("show ") for show in Show)


@pytest.mark.parametrize("show", [Show.APPS, Show.APPS_DETAIL])
def test_a_command_without_an_argument_takes_none(show: Show) -> None:
    with pytest.raises(CliError):
        Question(show, "x")
