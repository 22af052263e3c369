"""The Host protocol: all that wcsdiag ever does on the machine that runs WCS.

It reads. `run` takes fixed command templates and quotes every argument; nothing here writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import LiteralString, Protocol

from wcsdiag.errors import WcsdiagError

DEFAULT_LIMIT = 1 << 20
"""Bytes of output or of a file that are taken unless the caller asks for more."""


class HostFailure(Enum):
    """Why a host, or one operation on it, could not be had."""

    NAME_NOT_FOUND = "the name does not resolve"
    NAME_SERVER_FAILED = "the name servers failed"
    REFUSED = "the connection was refused"
    TIMED_OUT = "no answer within the time limit"
    NO_ROUTE = "no route to the host"
    CLOSED_EARLY = "the connection was closed early"
    NOT_SSH = "what answers does not speak SSH"
    KEY_EXCHANGE = "no common SSH algorithm"
    HOST_KEY_UNKNOWN = "the host key is not known"
    HOST_KEY_CHANGED = "the host key has changed"
    AUTHENTICATION = "the login was refused"
    CONFIGURATION = "the SSH configuration cannot be used"
    CHANNEL_REFUSED = "the server refused a channel"
    PERMISSION = "permission denied"
    NOT_FOUND = "no such file"
    LOST = "the connection was lost"
    FAILED = "the operation failed"


class HostError(WcsdiagError):
    """A host or an operation failed: `reason` as data, the message with the literal error."""

    def __init__(self, reason: HostFailure, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


@dataclass(frozen=True)
class CommandResult:
    """What a command gave. `truncated` says that output went on past the caller's limit.

    `exit_status` is None where the command was stopped at its limit of size, or killed.
    """

    command: str
    exit_status: int | None
    stdout: bytes
    stderr: bytes
    truncated: bool = False

    @property
    def text(self) -> str:
        """Standard output as text; bytes that are not UTF-8 become replacement characters."""
        return self.stdout.decode("utf-8", "replace")

    @property
    def error_text(self) -> str:
        """Standard error as text, stripped."""
        return self.stderr.decode("utf-8", "replace").strip()


@dataclass(frozen=True)
class FileStat:
    """Size in bytes, time of last change (aware), owner's name or number, permission bits."""

    path: str
    size: int
    modified: datetime
    owner: str
    mode: int
    is_directory: bool


class Stream(Protocol):
    """A connected byte stream, with the calls of a socket that its users need."""

    def send(self, data: bytes, /) -> int: ...
    def sendall(self, data: bytes, /) -> None: ...
    def recv(self, size: int, /) -> bytes: ...
    def settimeout(self, seconds: float | None, /) -> None: ...
    def close(self) -> None: ...


class RunningCommand(Protocol):
    """A command that goes on, whose output is read as it comes.

    Its standard input stays open until `close`: a command that must not outlive us watches it.
    """

    def read(self, timeout_s: float, /) -> bytes | None:
        """What came on stdout: b"" at its end, None where nothing came within `timeout_s`.

        Raises `HostError(LOST)`.
        """

    @property
    def error_text(self) -> str:
        """What came on stderr so far, bounded, stripped."""

    @property
    def exit_status(self) -> int | None:
        """None while it runs, and where it was killed."""

    def close(self) -> None:
        """Close its input, then end it. Safe to call twice."""


class Host(Protocol):
    """A machine, reached somehow. Every call is safe from any thread and raises `HostError`.

    Every call is bounded by the run's `Lifetime`: by `timeout()` unless `timeout_s` says otherwise.
    """

    @property
    def name(self) -> str:
        """As the user gave it."""

    @property
    def is_local(self) -> bool:
        """True where host and operator are one machine."""

    def run(
        self,
        template: LiteralString,
        *arguments: str,
        root: bool = False,
        limit: int = DEFAULT_LIMIT,
        timeout_s: float | None = None,
    ) -> CommandResult:
        """Run a POSIX shell command; each `%s` of the template becomes one quoted argument.

        `%%` is a percent sign, also where there are no arguments: `run("date +%%s")`.

        With `root` it runs through `sudo -n` unless the user is root already; where that is not
        allowed, raises `HostError(PERMISSION)` with what to grant in its hint. A command that
        exits with an error is a result, not an exception.
        """

    def start(self, template: LiteralString, *arguments: str, root: bool = False) -> RunningCommand:
        """Start a command that goes on, as `run` would run it; it ends with the run's lifetime.

        With `root` and no permission, the refusal of sudo is in its `error_text`.
        """

    def read(
        self, path: str, *, offset: int = 0, limit: int = DEFAULT_LIMIT, root: bool = False
    ) -> bytes:
        """Up to `limit` bytes of a file from `offset`.

        Raises `HostError` with NOT_FOUND or PERMISSION as its reason.
        """

    def stat(self, path: str) -> FileStat:
        """What is known of a file. Raises `HostError`: NOT_FOUND, PERMISSION."""

    def glob(self, pattern: str) -> tuple[str, ...]:
        """The existing paths that a shell pattern (`*`, `?`, `[...]`) matches, sorted."""

    def resolve(self, name: str) -> tuple[str, ...]:
        """The addresses of a name as the host's own resolver gives them, in its order.

        Raises `HostError`: NAME_NOT_FOUND, NAME_SERVER_FAILED, TIMED_OUT.
        """

    def open_tcp(self, address: str, port: int, *, timeout_s: float | None = None) -> Stream:
        """A TCP connection from the host to `address`, a numeric address.

        What it gives is a socket, or a `wcsdiag.host.stream_socket.StreamSocket`: both can be
        used by http.client, urllib3 and ssl's memory BIOs.

        Raises `HostError` (REFUSED, TIMED_OUT, NO_ROUTE, CHANNEL_REFUSED, ...) with the server's
        own text as its message.
        """

    def close(self) -> None:
        """Close everything; whoever waits is freed with `HostError(LOST)`."""
