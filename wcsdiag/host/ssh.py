"""A host reached by SSH: one connection, shared by all who ask."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, LiteralString

from wcsdiag.host import files
from wcsdiag.host.command import in_posix_shell, shell_command, watched
from wcsdiag.host.gate import SessionGate
from wcsdiag.host.interface import (
    DEFAULT_LIMIT,
    CommandResult,
    FileStat,
    HostError,
    HostFailure,
)
from wcsdiag.host.sudo import as_root, refusal
from wcsdiag.lifetime import Lifetime
from wcsdiag.target import Target

if TYPE_CHECKING:
    import paramiko

    from wcsdiag.host.connection import Connection
    from wcsdiag.host.relay import Relay
    from wcsdiag.host.ssh_running import SshCommand
    from wcsdiag.host.stream_socket import StreamSocket

SESSIONS_AT_ONCE = 8
"""Fewer than the ten of sshd's default MaxSessions: a person may share the connection's limit."""

# A command that outlived its deadline holds its session until the host has ended it.
_LONGEST_ALONE_S = 3.0
_BETWEEN_ATTEMPTS_S = 0.1


def connect(target: Target, lifetime: Lifetime) -> SshHost:
    """Connect to the target's host and log in.

    Raises `HostError` with the reason that stopped it: NAME_NOT_FOUND, NAME_SERVER_FAILED,
    REFUSED, TIMED_OUT, NO_ROUTE, CLOSED_EARLY, NOT_SSH, KEY_EXCHANGE, HOST_KEY_UNKNOWN,
    HOST_KEY_CHANGED, AUTHENTICATION, CONFIGURATION, LOST, and CHANNEL_REFUSED by a jump host.
    """
    # Here starts all of paramiko, which nobody pays for who connects to nothing.
    from wcsdiag.host.connection import open_connection

    return SshHost(target.host, open_connection(target, lifetime), lifetime)


class SshHost:
    """A `Host` at the other end of an SSH connection. `notes` are things worth reporting."""

    def __init__(self, name: str, connection: Connection, lifetime: Lifetime) -> None:
        self._name = name
        self._connection = connection
        self._transport = connection.transport
        self._lifetime = lifetime
        self._gate = SessionGate(SESSIONS_AT_ONCE)
        self._is_root: bool | None = None
        self.notes = connection.notes

    @property
    def name(self) -> str:
        """As the user gave it."""
        return self._name

    @property
    def is_local(self) -> bool:
        """A host behind SSH counts as another machine."""
        return False

    @property
    def user(self) -> str:
        """The name that was logged in with."""
        return self._connection.settings.user

    def run(
        self,
        template: LiteralString,
        *arguments: str,
        root: bool = False,
        limit: int = DEFAULT_LIMIT,
        timeout_s: float | None = None,
    ) -> CommandResult:
        """See `Host.run`. The commands of a connection share its sessions: eight run at once."""
        plain = shell_command(template, arguments)
        if not root or self._logged_in_as_root():
            return replace(self._execute(plain, limit, self._time(timeout_s)), command=plain)
        command = as_root(template, arguments)
        result = replace(self._execute(command, limit, self._time(timeout_s)), command=plain)
        refused = refusal(result, template, self.user)
        if refused is not None:
            raise refused
        return result

    def start(self, template: LiteralString, *arguments: str, root: bool = False) -> SshCommand:
        """See `Host.start`. It holds one of the connection's sessions until it is closed."""
        from wcsdiag.host.session import start_command
        from wcsdiag.host.ssh_running import SshCommand

        plain = shell_command(template, arguments)
        longest = self._lifetime.remaining()
        command = watched(plain, longest)
        if root and not self._logged_in_as_root():
            command = f"sudo -n {command}"
        limit = self._time(None)
        end = time.monotonic() + limit
        with self._failures_of(plain, limit), ExitStack() as leave:
            leave.enter_context(self._gate.enter(limit))
            channel = self._open_session(end)
            leave.callback(channel.close)
            left = max(0.0, end - time.monotonic())
            start_command(channel, in_posix_shell(f"exec {command}", longest), timeout_s=left)
            started = SshCommand(channel, leave.pop_all().close)
        self._lifetime.on_end(started.close)
        return started

    def read(
        self, path: str, *, offset: int = 0, limit: int = DEFAULT_LIMIT, root: bool = False
    ) -> bytes:
        """See `Host.read`."""
        return files.read(self, path, offset, limit, root=root)

    def stat(self, path: str) -> FileStat:
        """See `Host.stat`."""
        return files.stat(self, path)

    def glob(self, pattern: str) -> tuple[str, ...]:
        """See `Host.glob`."""
        return files.glob(self, pattern)

    def resolve(self, name: str) -> tuple[str, ...]:
        """See `Host.resolve`."""
        return files.resolve(self, name)

    def open_tcp(self, address: str, port: int, *, timeout_s: float | None = None) -> StreamSocket:
        """See `Host.open_tcp`: a direct-tcpip channel of the SSH connection."""
        from wcsdiag.host.tcp_channel import open_tcp

        return open_tcp(self._transport, address, port, self._time(timeout_s))

    def open_relay(self, address: str, port: int, *, timeout_s: float | None = None) -> Relay:
        """A TCP connection by a program of the host, where the server forwards none.

        It holds one of the connection's sessions until it is closed. Raises as `open_tcp`.
        """
        import paramiko

        from wcsdiag.host.relay import start_relay
        from wcsdiag.host.session import SessionRefusedError

        limit = self._time(timeout_s)
        end = time.monotonic() + limit
        leave = ExitStack()
        try:
            leave.enter_context(self._gate.enter(limit))
            channel = self._open_session(end)
            leave.callback(channel.close)
            left = max(0.0, end - time.monotonic())
            return start_relay(channel, self._transport, address, port, left, leave.close)
        except HostError:
            leave.close()
            raise
        except (SessionRefusedError, TimeoutError) as error:
            leave.close()
            message = f"no session was free for a connection: {error}"
            raise HostError(HostFailure.CHANNEL_REFUSED, message) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            leave.close()
            raise HostError(HostFailure.LOST, f"the connection was lost: {error}") from error

    def close(self) -> None:
        """See `Host.close`."""
        self._gate.close()
        self._connection.close()

    def _logged_in_as_root(self) -> bool:
        if self._is_root is None:
            result = self._execute("id -u", 64, self._time(None))
            self._is_root = result.text.strip() == "0"
        return self._is_root

    def _time(self, timeout_s: float | None) -> float:
        limit = self._lifetime.timeout_s if timeout_s is None else timeout_s
        return min(limit, self._lifetime.remaining())

    def _execute(self, command: str, limit: int, timeout_s: float) -> CommandResult:
        from wcsdiag.host.session import execute

        end = time.monotonic() + timeout_s
        with self._failures_of(command, timeout_s), self._gate.enter(timeout_s):
            channel = self._open_session(end)
            wrapped = in_posix_shell(command, timeout_s)
            left = max(0.0, end - time.monotonic())
            return execute(channel, wrapped, limit=limit, timeout_s=left)

    @contextmanager
    def _failures_of(self, command: str, timeout_s: float) -> Iterator[None]:
        """What went wrong with a command, as a `HostError`."""
        import paramiko

        from wcsdiag.host.session import SessionRefusedError

        try:
            yield
        except TimeoutError as error:
            message = f"{_short(command)}: not done within {timeout_s:.1f} s (wcsdiag's own limit)"
            raise HostError(HostFailure.TIMED_OUT, message) from error
        except SessionRefusedError as error:
            raise HostError(HostFailure.CHANNEL_REFUSED, f"{_short(command)}: {error}") from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            lost = isinstance(error, ConnectionError) or not self._transport.is_active()
            reason = HostFailure.LOST if lost else HostFailure.FAILED
            raise HostError(reason, f"{_short(command)}: {error}") from error

    def _open_session(self, end: float) -> paramiko.Channel:
        """A session; where the server allows fewer than we want, once another of ours has ended."""
        from wcsdiag.host.transport import ChannelRefusedError

        give_up = min(end, time.monotonic() + _LONGEST_ALONE_S)
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            try:
                return self._transport.open_session(timeout_s=left)
            except ChannelRefusedError as error:
                others = self._gate.narrow()
                if not others and time.monotonic() + _BETWEEN_ATTEMPTS_S >= give_up:
                    raise _no_session(error.code, error.text) from error
                time.sleep(min(_BETWEEN_ATTEMPTS_S, left))


def _no_session(code: int, text: str) -> HostError:
    return HostError(
        HostFailure.CHANNEL_REFUSED,
        f"the SSH server refused to open a session (code {code}, {text})",
        hint="Allow commands for this user in sshd_config: MaxSessions of at least 2, and no "
        "ForceCommand.",
    )


def _short(command: str) -> str:
    words = shlex.quote(command) if "\n" in command else command
    return words if len(words) <= 200 else words[:200] + "..."
