"""A host that answers from recorded data: for tests, and to judge evidence gathered elsewhere."""

from __future__ import annotations

import fnmatch
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import LiteralString

from wcsdiag.host.command import shell_command
from wcsdiag.host.interface import (
    DEFAULT_LIMIT,
    CommandResult,
    FileStat,
    HostError,
    HostFailure,
    Stream,
)
from wcsdiag.host.stream_socket import StreamSocket

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
"""When a recorded file was last changed, unless its record says otherwise."""


@dataclass(frozen=True)
class RecordedFile:
    """A file with all that `stat` tells. Where not `readable`, only root can read it."""

    content: bytes = b""
    modified: datetime = LONG_AGO
    owner: str = "flashphoner"
    mode: int = 0o644
    readable: bool = True
    size: int | None = None


FileRecord = RecordedFile | bytes | str | HostError
CommandRecord = CommandResult | bytes | str | HostError
TcpRecord = Callable[[], Stream] | tuple[str, int] | bytes | HostError


class RecordedHost:
    """A `Host` made of data.

    - `files`: path to content, a `RecordedFile`, or the `HostError` that reading it raises. The
      directories above are there too; so is each path of `directories`.
    - `commands`: the command with its arguments quoted, as the host would see it without sudo, to
      its output (exit status 0), a `CommandResult`, or a `HostError`. A key that ends in "..."
      matches every command that begins so. Any other command exits with 127, as a program that
      is not installed.
    - `names`: a name to its addresses, or a `HostError`. Any other name is not found.
    - `tcp`: address and port to what the peer says before it closes, to a function that gives a
      stream, to the real address and port to connect to instead, or to a `HostError`. Any other
      port refuses.
    - `root` says whether `root=True` is allowed.

    `asked` lists the commands that were run, in order.
    """

    def __init__(
        self,
        *,
        name: str = "wcs1.example.com",
        is_local: bool = False,
        root: bool = True,
        files: Mapping[str, FileRecord] | None = None,
        directories: tuple[str, ...] = (),
        commands: Mapping[str, CommandRecord] | None = None,
        names: Mapping[str, tuple[str, ...] | HostError] | None = None,
        tcp: Mapping[tuple[str, int], TcpRecord] | None = None,
    ) -> None:
        self._name = name
        self._is_local = is_local
        self._root = root
        self._files = dict(files or {})
        self._directories = {"/", *directories}
        for path in (*self._files, *directories):
            self._directories.update(str(parent) for parent in PurePosixPath(path).parents)
        self._commands = dict(commands or {})
        self._names = dict(names or {})
        self._tcp = dict(tcp or {})
        self.asked: list[str] = []
        self.closed = False

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    @property
    def is_local(self) -> bool:
        """As given."""
        return self._is_local

    def run(
        self,
        template: LiteralString,
        *arguments: str,
        root: bool = False,
        limit: int = DEFAULT_LIMIT,
        timeout_s: float | None = None,
    ) -> CommandResult:
        """The recorded result, cut at `limit`."""
        del timeout_s
        command = shell_command(template, arguments)
        self.asked.append(command)
        if root:
            self._require_root()
        record = self._command(command)
        if isinstance(record, HostError):
            raise record
        if isinstance(record, CommandResult):
            return record
        output = record.encode() if isinstance(record, str) else record
        if len(output) > limit:
            return CommandResult(command, None, output[:limit], b"", truncated=True)
        return CommandResult(command, 0, output, b"")

    def start(
        self, template: LiteralString, *arguments: str, root: bool = False
    ) -> RecordedCommand:
        """The recorded output, all at once; without permission, what sudo would say."""
        command = shell_command(template, arguments)
        self.asked.append(command)
        if root and not self._root:
            refused = CommandResult(command, 1, b"", b"sudo: a password is required")
            return RecordedCommand(refused)
        record = self._command(command)
        if isinstance(record, HostError):
            raise record
        if not isinstance(record, CommandResult):
            output = record.encode() if isinstance(record, str) else record
            record = CommandResult(command, 0, output, b"")
        return RecordedCommand(record)

    def read(
        self, path: str, *, offset: int = 0, limit: int = DEFAULT_LIMIT, root: bool = False
    ) -> bytes:
        """The recorded bytes."""
        if root:
            self._require_root()
        file = self._file(path)
        if not file.readable and not root:
            raise HostError(HostFailure.PERMISSION, f"{path}: Permission denied")
        return file.content[offset : offset + limit]

    def stat(self, path: str) -> FileStat:
        """The recorded facts of a file, or those of a directory above one."""
        if path in self._directories:
            return FileStat(path, 4096, LONG_AGO, "root", 0o755, is_directory=True)
        file = self._file(path)
        size = len(file.content) if file.size is None else file.size
        return FileStat(path, size, file.modified, file.owner, file.mode, is_directory=False)

    def glob(self, pattern: str) -> tuple[str, ...]:
        """The recorded paths and their directories that match."""
        return tuple(
            path
            for path in sorted({*self._files, *self._directories})
            if path.count("/") == pattern.count("/") and fnmatch.fnmatchcase(path, pattern)
        )

    def resolve(self, name: str) -> tuple[str, ...]:
        """The recorded addresses."""
        record = self._names.get(name)
        if isinstance(record, HostError):
            raise record
        if record is None:
            message = f"{name}: Name or service not known"
            raise HostError(HostFailure.NAME_NOT_FOUND, message)
        return record

    def open_tcp(self, address: str, port: int, *, timeout_s: float | None = None) -> Stream:
        """The recorded peer."""
        record = self._tcp.get((address, port))
        if record is None:
            raise HostError(HostFailure.REFUSED, f"{address}:{port}: Connection refused")
        if isinstance(record, HostError):
            raise record
        if isinstance(record, bytes):
            return StreamSocket(RecordedStream(record), timeout_s=timeout_s)
        if isinstance(record, tuple):
            return socket.create_connection(record, timeout_s or 5.0)
        return record()

    def close(self) -> None:
        """Remember that the host was closed."""
        self.closed = True

    def _command(self, command: str) -> CommandRecord:
        if command in self._commands:
            return self._commands[command]
        for key, record in self._commands.items():
            if key.endswith("...") and command.startswith(key[:-3]):
                return record
        return CommandResult(command, 127, b"", f"sh: {command.split()[0]}: not found".encode())

    def _file(self, path: str) -> RecordedFile:
        record = self._files.get(path)
        if isinstance(record, HostError):
            raise record
        if record is None:
            message = f"{path}: No such file or directory"
            raise HostError(HostFailure.NOT_FOUND, message)
        if isinstance(record, RecordedFile):
            return record
        return RecordedFile(record.encode() if isinstance(record, str) else record)

    def _require_root(self) -> None:
        if not self._root:
            raise HostError(
                HostFailure.PERMISSION,
                "sudo: a password is required",
                hint="Log in as root, or allow the SSH user to use sudo without a password.",
            )


class RecordedCommand:
    """A command that goes on, made of a result: its output comes at once, then its end."""

    def __init__(self, result: CommandResult) -> None:
        self._result = result
        self._unread = result.stdout
        self.closed = False

    def read(self, timeout_s: float, /) -> bytes:
        """The whole output, then nothing."""
        del timeout_s
        data, self._unread = self._unread, b""
        return data

    @property
    def error_text(self) -> str:
        """That of the result."""
        return self._result.error_text

    @property
    def exit_status(self) -> int | None:
        """None before its output was read."""
        return None if self._unread else self._result.exit_status

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


class RecordedStream:
    """A peer that says `incoming` and closes. `outgoing` is what was sent to it."""

    def __init__(self, incoming: bytes) -> None:
        self._incoming = incoming
        self.outgoing = b""

    def send(self, data: bytes, /) -> int:
        """Remember what was sent."""
        self.outgoing += data
        return len(data)

    def sendall(self, data: bytes, /) -> None:
        """Remember what was sent."""
        self.outgoing += data

    def recv(self, size: int, /) -> bytes:
        """The next bytes of the peer."""
        data, self._incoming = self._incoming[:size], self._incoming[size:]
        return data

    def settimeout(self, seconds: float | None, /) -> None:
        """A recorded peer never waits."""

    def close(self) -> None:
        """Nothing to close."""
