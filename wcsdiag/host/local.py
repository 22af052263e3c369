"""The host that is this machine: the same protocol without SSH."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import pwd
import socket
import stat as modes
import subprocess
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import LiteralString

from wcsdiag.host import files, operator, process
from wcsdiag.host.command import shell_command, watched
from wcsdiag.host.interface import (
    DEFAULT_LIMIT,
    CommandResult,
    FileStat,
    HostError,
    HostFailure,
)
from wcsdiag.host.local_running import LocalCommand
from wcsdiag.host.sudo import as_root, refusal
from wcsdiag.lifetime import Lifetime


class LocalHost:
    """A `Host` for `--host localhost`."""

    def __init__(self, name: str, lifetime: Lifetime) -> None:
        self._name = name
        self._lifetime = lifetime
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    @property
    def name(self) -> str:
        """As the user gave it."""
        return self._name

    @property
    def is_local(self) -> bool:
        """Host and operator are one machine."""
        return True

    def run(
        self,
        template: LiteralString,
        *arguments: str,
        root: bool = False,
        limit: int = DEFAULT_LIMIT,
        timeout_s: float | None = None,
    ) -> CommandResult:
        """See `Host.run`."""
        plain = shell_command(template, arguments)
        if not root or os.geteuid() == 0:
            return self._execute(plain, plain, limit, self._time(timeout_s))
        command = as_root(template, arguments)
        result = self._execute(command, plain, limit, self._time(timeout_s))
        refused = refusal(result, template, _user_name(os.geteuid()))
        if refused is not None:
            raise refused
        return result

    def start(self, template: LiteralString, *arguments: str, root: bool = False) -> LocalCommand:
        """See `Host.start`."""
        plain = shell_command(template, arguments)
        command = watched(plain, self._lifetime.remaining())
        if root and os.geteuid() != 0:
            command = f"sudo -n {command}"
        started = LocalCommand(self._start(f"exec {command}", plain, has_input=True), self._forget)
        self._lifetime.on_end(started.close)
        return started

    def read(
        self, path: str, *, offset: int = 0, limit: int = DEFAULT_LIMIT, root: bool = False
    ) -> bytes:
        """See `Host.read`. Anything but a plain file is read by a program that can be killed."""
        if (root and os.geteuid() != 0) or not Path(path).is_file():
            return files.read(self, path, offset, limit, root=root)
        try:
            with Path(path).open("rb") as file:
                file.seek(offset)
                return file.read(max(0, limit))
        except OSError as error:
            raise _file_error(error, path) from error

    def stat(self, path: str) -> FileStat:
        """See `Host.stat`."""
        try:
            found = Path(path).stat()
        except (OSError, ValueError) as error:
            raise _file_error(error, path) from error
        return FileStat(
            path=path,
            size=found.st_size,
            modified=datetime.fromtimestamp(found.st_mtime, UTC),
            owner=_user_name(found.st_uid),
            mode=modes.S_IMODE(found.st_mode),
            is_directory=modes.S_ISDIR(found.st_mode),
        )

    def glob(self, pattern: str) -> tuple[str, ...]:
        """See `Host.glob`."""
        return tuple(sorted(glob.glob(pattern)))  # noqa: PTH207 - patterns are absolute

    def resolve(self, name: str) -> tuple[str, ...]:
        """See `Host.resolve`."""
        return operator.resolve(name, self._time(None))

    def open_tcp(self, address: str, port: int, *, timeout_s: float | None = None) -> socket.socket:
        """See `Host.open_tcp`."""
        connection = operator.open_tcp(address, port, self._time(timeout_s))
        self._lifetime.on_end(lambda: _cut(connection))
        return connection

    def close(self) -> None:
        """See `Host.close`: what still runs is killed."""
        with self._lock:
            self._closed = True
            running = tuple(self._running)
        for command in running:
            process.kill(command)

    def _time(self, timeout_s: float | None) -> float:
        limit = self._lifetime.timeout_s if timeout_s is None else timeout_s
        return min(limit, self._lifetime.remaining())

    def _execute(self, command: str, plain: str, limit: int, timeout_s: float) -> CommandResult:
        started = self._start(command, plain)
        try:
            result = process.finish(started, plain, limit=limit, timeout_s=timeout_s)
        except TimeoutError as error:
            message = f"{plain}: not done within {timeout_s:.1f} s (wcsdiag's own limit)"
            raise HostError(HostFailure.TIMED_OUT, message) from error
        finally:
            self._forget(started)
        if self._closed and result.exit_status != 0:
            raise HostError(HostFailure.LOST, f"{plain}: the run has ended")
        return result

    def _forget(self, ended: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._running.discard(ended)

    def _start(
        self, command: str, plain: str, *, has_input: bool = False
    ) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise HostError(HostFailure.LOST, f"{plain}: the run has ended")
            try:
                started = process.start(command, has_input=has_input)
            except OSError as error:
                raise HostError(HostFailure.FAILED, f"{plain}: {error.strerror}") from error
            self._running.add(started)
            return started


def _cut(connection: socket.socket) -> None:
    """Free whoever waits in a read: closing alone would not."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _file_error(error: OSError | ValueError, path: str) -> HostError:
    number = error.errno if isinstance(error, OSError) else errno.ENOENT
    message = f"{path}: {error.strerror}" if isinstance(error, OSError) else f"{path}: {error}"
    if number in {errno.EACCES, errno.EPERM}:
        return HostError(HostFailure.PERMISSION, message, hint=f"Let this user read {path}.")
    if number in {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG}:
        return HostError(HostFailure.NOT_FOUND, message)
    return HostError(HostFailure.FAILED, message)
