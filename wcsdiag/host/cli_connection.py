"""A login to the WCS CLI, which is an SSH server of its own (wcs.md 1.1)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wcsdiag.host.handshake import HostKeyCheck, shake_hands
from wcsdiag.host.interface import HostError, HostFailure, Stream
from wcsdiag.host.known_hosts import HostKey, policy
from wcsdiag.host.peer import Peer
from wcsdiag.lifetime import Lifetime
from wcsdiag.redact import Secret
from wcsdiag.target import Target

if TYPE_CHECKING:
    import paramiko

    from wcsdiag.host.transport import HostTransport
    from wcsdiag.wcs.cli_transport import CliTransport, ShellChannel

_WIDTH, _HEIGHT = 1000, 1000
_CHUNK = 64 << 10


def accept_any(_key: HostKey) -> str | None:
    """For the host's own loopback, reached through SSH: that connection was verified already."""
    return None


def known_hosts_check(target: Target, port: int) -> HostKeyCheck:
    """For a direct connection: known_hosts must have the CLI's own key, as "[host]:port".

    Raises `HostError(CONFIGURATION)` where the SSH configuration cannot be used.
    """
    # Reading the configuration takes paramiko, which must not be imported at start.
    from wcsdiag.host.ssh_config import settings_for

    settings = settings_for(target)
    accept_new = settings.accept_new_host_key
    return policy(settings.host, port, settings.known_hosts, accept_new=accept_new).check


def login(
    stream: Stream,
    user: str,
    password: Secret,
    *,
    where: str,
    lifetime: Lifetime,
    host_key_check: HostKeyCheck,
    legacy: bool = False,
) -> CliTransport:
    """Log in to the CLI over a connected stream, which belongs to the transport from then on.

    Raises `HostError`: NOT_SSH, CLOSED_EARLY, KEY_EXCHANGE, TIMED_OUT, HOST_KEY_UNKNOWN,
    HOST_KEY_CHANGED, AUTHENTICATION, LOST; the stream is closed then. After KEY_EXCHANGE a second
    attempt on a new stream with `legacy` offers outdated algorithms too.
    """
    # Here starts all of paramiko, which nobody pays for who connects to nothing.
    from wcsdiag.host.legacy_transport import LegacyTransport
    from wcsdiag.host.transport import HostTransport

    limit = lifetime.timeout()
    if limit <= 0:
        stream.close()
        raise HostError(HostFailure.TIMED_OUT, f"{where}: the time of the whole run was over")
    kind = LegacyTransport if legacy else HostTransport
    transport = kind(Peer(stream, limit), limit)
    lifetime.on_end(transport.close)
    shake_hands(transport, where, limit, host_key_check)
    transport.auth_timeout = max(0.1, lifetime.timeout())
    try:
        _authenticate(transport, user, password, where)
    except HostError:
        transport.close()
        raise
    return _CliConnection(transport, where, lifetime)


def _authenticate(transport: HostTransport, user: str, password: Secret, where: str) -> None:
    import paramiko

    from wcsdiag.host.authentication import give_password

    try:
        still_wanted = give_password(transport, user, password)
    except paramiko.AuthenticationException as error:
        if "timeout" in str(error).lower():
            message = f"{where}: no answer to the login (wcsdiag's own limit)"
            raise HostError(HostFailure.TIMED_OUT, message) from error
        raise _refused(where, user, str(error)) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        message = f"{where}: the connection was lost during the login: {error}"
        raise HostError(HostFailure.LOST, message) from error
    if still_wanted:
        raise _refused(where, user, f"it also wants {', '.join(still_wanted)}")


def _refused(where: str, user: str, text: str) -> HostError:
    return HostError(
        HostFailure.AUTHENTICATION,
        f"{where}: the login of {user} was refused ({text})",
        hint="Set WCSDIAG_CLI_PASSWORD to the password of this CLI user, or give --cli-user.",
    )


class _CliConnection:
    """A `CliTransport`."""

    def __init__(self, transport: HostTransport, where: str, lifetime: Lifetime) -> None:
        from wcsdiag.host.legacy_transport import outdated_algorithms

        self._transport = transport
        self._lifetime = lifetime
        self.where = where
        self.legacy_algorithms = outdated_algorithms(transport)

    def execute(self, command: str, *, timeout_s: float, limit: int) -> bytes | None:
        """See `CliTransport.execute`. Output past `limit` is left behind."""
        from wcsdiag.host.session import SessionRefusedError, execute
        from wcsdiag.host.transport import ChannelRefusedError

        end = time.monotonic() + timeout_s
        with _as_os_error():
            try:
                channel = self._transport.open_session(timeout_s=timeout_s)
                left = max(0.0, end - time.monotonic())
                result = execute(channel, command, limit=limit, timeout_s=left, needs_status=False)
            except (ChannelRefusedError, SessionRefusedError):
                return None
        return result.stdout + result.stderr[: max(0, limit - len(result.stdout))]

    def open_shell(self) -> ShellChannel:
        """See `CliTransport.open_shell`."""
        from wcsdiag.host.session import SessionRefusedError, start_shell
        from wcsdiag.host.transport import ChannelRefusedError

        limit = self._lifetime.timeout()
        with _as_os_error():
            try:
                channel = self._transport.open_session(timeout_s=limit)
                start_shell(channel, width=_WIDTH, height=_HEIGHT, timeout_s=limit)
            except (ChannelRefusedError, SessionRefusedError) as error:
                raise ConnectionRefusedError(f"{self.where}: no shell: {error}") from error
        return _Shell(channel, limit)

    def close(self) -> None:
        """See `CliTransport.close`."""
        self._transport.close()


class _Shell:
    """A `ShellChannel`."""

    def __init__(self, channel: paramiko.Channel, timeout_s: float) -> None:
        self._channel = channel
        self._timeout_s = timeout_s

    def send(self, data: bytes) -> None:
        """See `ShellChannel.send`."""
        self._channel.settimeout(self._timeout_s)
        self._channel.sendall(data)

    def receive(self, timeout_s: float) -> bytes | None:
        """See `ShellChannel.receive`."""
        self._channel.settimeout(timeout_s)
        try:
            return self._channel.recv(_CHUNK)
        except TimeoutError:
            return None

    def close(self) -> None:
        """See `ShellChannel.close`."""
        self._channel.close()


@contextlib.contextmanager
def _as_os_error() -> Iterator[None]:
    import paramiko

    try:
        yield
    except (paramiko.SSHException, EOFError) as error:
        raise ConnectionError(str(error) or "the connection was closed") from error
