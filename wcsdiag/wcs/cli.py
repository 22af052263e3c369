"""The dialogue with the WCS CLI: questions out, text in (wcs.md 1).

Only `show` commands can be sent. `Question` is the one way to make a command, and `CliSession`
sends nothing else but the key that turns a pager's page. Whether the server gives an exec channel,
what its prompt looks like and what it prints is not documented: both ways are tried, and what is
not plain is refused with a reason instead of being guessed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from wcsdiag.errors import WcsdiagError
from wcsdiag.wcs.cli_transport import CliTransport, ShellChannel
from wcsdiag.wcs.terminal import Screen, plain_text

OUTPUT_LIMIT = 1 << 20
"""Bytes that one command may print."""

IDLE_S = 0.2
"""Seconds of silence after which a prompt on the last line counts as the end."""

_ARGUMENT = re.compile(r"[A-Za-z0-9_.@+:][A-Za-z0-9_.@+:-]{0,127}")
_PROMPT = re.compile(r"\s{0,4}[^\s%>]{0,64}\s?[%>]\s{0,4}")
_PAGER = re.compile(
    r"-+\s*more\b.{0,40}|\(?more\)?\s*|.{0,60}press\s+.{0,40}\b(?:key|space|enter|return)\b.{0,60}",
    re.IGNORECASE,
)
_WANTS_ENTER = re.compile(r"\b(?:enter|return)\b", re.IGNORECASE)
_UNKNOWN = re.compile(
    r"command not found|unknown command|no such command|unrecogni[sz]ed command|invalid command"
    r"|not recognized as|\bshow: not found|not a valid command",
    re.IGNORECASE,
)
_MOST_PAGES = 2_000


class Show(Enum):
    """The commands that can be sent; nothing else can."""

    APPS_DETAIL = "show apps -d"
    APPS = "show apps"
    APP_REST_METHODS = "show app-rest-methods"


class CliFailure(Enum):
    """Why a question got no usable answer."""

    TIMED_OUT = "the answer did not end within the time limit"
    TOO_LONG = "the answer was longer than the limit"
    NO_PROMPT = "no prompt was seen"
    AMBIGUOUS = "it was not plain where the answer ends"
    CLOSED = "the CLI closed the connection"
    UNKNOWN_COMMAND = "the CLI does not know the command"
    ARGUMENT = "the name cannot be sent safely"


class CliError(WcsdiagError):
    """A question failed: `reason` as data, `raw` is what had been printed."""

    def __init__(self, reason: CliFailure, message: str, raw: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.raw = raw


@dataclass(frozen=True)
class Question:
    """One command that may be sent: `argument` is an app's name or key, for commands with one.

    Raises `CliError(ARGUMENT)` for an argument that is not a plain word, or begins with `-`.
    """

    show: Show
    argument: str | None = None

    def __post_init__(self) -> None:
        if (self.argument is not None) != (self.show is Show.APP_REST_METHODS):
            raise CliError(CliFailure.ARGUMENT, f"`{self.show.value}` has another form")
        if self.argument is not None and not _ARGUMENT.fullmatch(self.argument):
            message = f"{self.argument!r} is not sent to the CLI: it is not a plain word"
            raise CliError(CliFailure.ARGUMENT, message)

    @property
    def command(self) -> str:
        """The command line."""
        return self.show.value if self.argument is None else f"{self.show.value} {self.argument}"


class CliSession:
    """Asks questions one after the other: on exec channels where there are any, else in one shell.

    `timeout` gives the seconds that one step may take from now on. Not for several threads.
    """

    def __init__(
        self,
        transport: CliTransport,
        timeout: Callable[[], float],
        *,
        idle_s: float = IDLE_S,
        limit: int = OUTPUT_LIMIT,
    ) -> None:
        self._transport = transport
        self._timeout = timeout
        self._idle_s = idle_s
        self._limit = limit
        self._exec_works = True
        self._shell: _Shell | None = None

    @property
    def way(self) -> str:
        """How the last question was asked: "exec channel" or "interactive shell"."""
        return "exec channel" if self._exec_works else "interactive shell"

    def ask(self, question: Question) -> str:
        """The text of the answer, without echo, prompt and terminal sequences.

        Raises `CliError`.
        """
        text = self._executed(question.command) if self._exec_works else None
        if text is None:
            self._exec_works = False
            text = self._open_shell().ask(question.command)
        if _UNKNOWN.search(text[:2000]):
            message = f"the CLI does not know `{question.command}`"
            raise CliError(CliFailure.UNKNOWN_COMMAND, message, text)
        return text

    def _executed(self, command: str) -> str | None:
        """The exec channel's output; None where the shell must be asked instead."""
        limit = self._limit + 1
        try:
            data = self._transport.execute(command, timeout_s=self._timeout() / 2, limit=limit)
        except OSError:
            return None
        if data is None or not data.strip():
            return None
        if len(data) > self._limit:
            raise _too_long(command, self._limit, plain_text(data[:4096]))
        text = plain_text(data)
        return None if _UNKNOWN.search(text[:2000]) else text

    def _open_shell(self) -> _Shell:
        if self._shell is None:
            try:
                channel = self._transport.open_shell()
            except OSError as error:
                raise CliError(CliFailure.CLOSED, f"the CLI gives no shell: {error}") from error
            self._shell = _Shell(channel, self._timeout, self._idle_s, self._limit)
        return self._shell


class _Shell:
    """One interactive shell and the prompt that it was seen to print.

    After a failure it is not asked again: what arrives then may belong to the earlier question.
    """

    def __init__(
        self, channel: ShellChannel, timeout: Callable[[], float], idle_s: float, limit: int
    ) -> None:
        self._channel = channel
        self._timeout = timeout
        self._idle_s = idle_s
        self._limit = limit
        self._prompt: str | None = None
        self._failure: CliError | None = None

    def ask(self, command: str) -> str:
        if self._failure is not None:
            raise self._failure
        try:
            if self._prompt is None:
                self._prompt = self._read(_is_prompt, CliFailure.NO_PROMPT, "login").current
            self._refuse_leftovers()
            self._channel.send(command.encode("ascii") + b"\r")
            screen = self._read(self._is_end, CliFailure.TIMED_OUT, command)
            return self._answer(screen, command)
        except CliError as error:
            self._failure = error
            self._channel.close()
            raise
        except OSError as error:
            self._failure = CliError(CliFailure.CLOSED, f"the connection to the CLI broke: {error}")
            raise self._failure from error

    def _read(self, is_end: Callable[[Screen], bool], failure: CliFailure, command: str) -> Screen:
        """Read until the end was seen and silence followed; answers a pager on the way."""
        screen, taken, pages = Screen(), 0, 0
        limit_s = self._timeout()
        deadline = time.monotonic() + limit_s
        while True:
            left = deadline - time.monotonic()
            data = self._channel.receive(max(0.0, min(self._idle_s, left))) if left > 0 else None
            if data:
                screen.feed(data)
                taken += len(data)
                if taken > self._limit:
                    raise _too_long(command, self._limit, _head(screen))
            elif data == b"":
                message = f"the CLI closed the connection during `{command}`"
                raise CliError(CliFailure.CLOSED, message, _head(screen))
            elif is_end(screen):
                return screen
            elif left <= 0:
                message = f"`{command}` was not answered within our limit of {limit_s:.1f} s"
                raise CliError(failure, f"{message}: {failure.value}", _head(screen))
            elif pages < _MOST_PAGES and _PAGER.fullmatch(screen.current.strip()):
                pages += 1
                key = b"\r" if _WANTS_ENTER.search(screen.current) else b" "
                screen.clear_line()
                self._channel.send(key)

    def _is_end(self, screen: Screen) -> bool:
        return bool(screen.lines) and screen.current == self._prompt

    def _refuse_leftovers(self) -> None:
        data = self._channel.receive(0.0)
        if data:
            screen = Screen()
            screen.feed(data)
            message = "output came after the prompt: where an answer ends cannot be told"
            raise CliError(CliFailure.AMBIGUOUS, message, _head(screen))

    def _answer(self, screen: Screen, command: str) -> str:
        lines = [line.rstrip() for line in screen.lines]
        prompt = (self._prompt or "").strip()
        for at, line in enumerate(lines[:3]):
            if line.strip() in {command, f"{prompt} {command}", f"{prompt}{command}"}:
                del lines[: at + 1]
                break
        if any(line.strip() == prompt for line in lines):
            message = f"the prompt {prompt!r} stands inside the answer to `{command}`"
            raise CliError(CliFailure.AMBIGUOUS, message, _head(screen))
        return "\n".join(lines).strip("\n")


def _is_prompt(screen: Screen) -> bool:
    return _PROMPT.fullmatch(screen.current) is not None


def _too_long(command: str, limit: int, raw: str) -> CliError:
    message = f"`{command}` printed more than our limit of {limit} bytes"
    return CliError(CliFailure.TOO_LONG, message, raw)


def _head(screen: Screen) -> str:
    return "\n".join([*screen.lines[:40], screen.current])[:4096]
