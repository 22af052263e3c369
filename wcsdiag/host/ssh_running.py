"""A command behind SSH that goes on, whose output is read as it comes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from wcsdiag.host.interface import HostError, HostFailure

if TYPE_CHECKING:
    import paramiko

_CHUNK = 1 << 16
_TO_END_BY_ITSELF_S = 1.0


class SshCommand:
    """A `RunningCommand` made of a session. What is not read waits in the channel's window.

    Both outputs share that window (RFC 4254 section 5.2), so stderr is taken at each read.
    """

    def __init__(self, channel: paramiko.Channel, release: Callable[[], None]) -> None:
        self._channel = channel
        self._release = release
        self._errors = bytearray()
        self._lock = threading.Lock()
        self._closed = False

    def read(self, timeout_s: float, /) -> bytes | None:
        """See `RunningCommand.read`."""
        import paramiko

        try:
            self._take_errors()
            self._channel.settimeout(max(0.0, timeout_s))
            data = self._channel.recv(_CHUNK)
        except TimeoutError:
            return None
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise HostError(HostFailure.LOST, f"the SSH connection was lost: {error}") from error
        if data:
            return data
        if not self._closed:
            self._channel.status_event.wait(min(timeout_s, _TO_END_BY_ITSELF_S))
        if not self._channel.get_transport().is_active():
            raise HostError(HostFailure.LOST, "the SSH connection was lost")
        self._take_errors()
        return b""

    @property
    def error_text(self) -> str:
        """See `RunningCommand.error_text`."""
        self._take_errors()
        return self._errors.decode("utf-8", "replace").strip()

    @property
    def exit_status(self) -> int | None:
        """See `RunningCommand.exit_status`."""
        return self._channel.exit_status if self._channel.exit_status >= 0 else None

    def close(self) -> None:
        """See `RunningCommand.close`. What does not end by itself within a second is terminated."""
        import paramiko

        from wcsdiag.host.session import terminate

        with self._lock:
            if self._closed:
                return
            self._closed = True
        with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
            self._channel.shutdown_write()
            if not self._channel.status_event.wait(_TO_END_BY_ITSELF_S):
                terminate(self._channel)
        self._channel.close()
        self._release()

    def _take_errors(self) -> None:
        from wcsdiag.host.session import STDERR_LIMIT

        while self._channel.recv_stderr_ready():
            data = self._channel.recv_stderr(_CHUNK)
            self._errors += data[: max(0, STDERR_LIMIT - len(self._errors))]
