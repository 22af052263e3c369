"""paramiko's Transport, with what it lacks: reasons that are kept, and silence on stderr.

Only ever imported from inside functions: it costs all of paramiko.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

import paramiko  # noqa: TID253 - this module is imported inside functions alone
from paramiko.common import cMSG_CHANNEL_CLOSE  # noqa: TID253

from wcsdiag.host.peer import Peer

if TYPE_CHECKING:
    import socket

    from paramiko.transport import ChannelMap

# Unless told otherwise, paramiko logs the tracebacks of its threads to stderr.
_LOGGER = logging.getLogger("paramiko")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False


class ChannelRefusedError(Exception):
    """The server did not open a channel: its code and its own text (RFC 4254 section 5.1)."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class HostTransport(paramiko.Transport):
    """An SSH connection as a client.

    paramiko keeps one exception per connection, so channels that fail at once lose their
    reasons; here each channel keeps its own.
    """

    if TYPE_CHECKING:
        # paramiko's own, which its type stubs leave out.
        _channels: ChannelMap
        _preferred_keys: tuple[str, ...]
        _preferred_kex: tuple[str, ...]
        _kex_info: Mapping[str, type]
        _key_info: Mapping[str, type]
        remote_cipher: str
        remote_mac: str | None

        def _send_message(self, message: paramiko.Message) -> None: ...

    def __init__(self, peer: Peer, timeout_s: float, prefer_keys: Iterable[str] = ()) -> None:
        self._asking = threading.local()
        self._refusals: dict[int, ChannelRefusedError] = {}
        self._abandoned: set[int] = set()
        super().__init__(cast("socket.socket", peer))
        self.peer = peer
        self.agreed_kex = ""
        self.banner_timeout = self.handshake_timeout = self.auth_timeout = timeout_s
        known = [key for kind in prefer_keys for key in _negotiated_as(kind)]
        ordered = [key for key in known if key in self._preferred_keys]
        self._preferred_keys = tuple(dict.fromkeys((*ordered, *self._preferred_keys)))

    def open_session(  # type: ignore[override]
        self, *, timeout_s: float
    ) -> paramiko.Channel:
        """A session channel. Raises as `open_tcp`."""
        return self._open("session", timeout_s, None)

    def open_tcp(self, address: str, port: int, *, timeout_s: float) -> paramiko.Channel:
        """A direct-tcpip channel.

        Raises `ChannelRefusedError`, `TimeoutError`, `ConnectionError`.
        """
        return self._open("direct-tcpip", timeout_s, (address, port))

    def run(self) -> None:
        """The connection's thread; whatever it meets, it ends in silence and frees who waits."""
        try:
            super().run()
        except Exception as error:  # noqa: BLE001 - a traceback on stderr would be the alternative
            self.saved_exception = error
            self._free_everybody()

    def _open(
        self, kind: str, timeout_s: float, destination: tuple[str, int] | None
    ) -> paramiko.Channel:
        self._asking.number = None
        try:
            return self.open_channel(kind, destination, ("127.0.0.1", 0), timeout=timeout_s)
        except (paramiko.SSHException, EOFError, OSError) as error:
            number: int | None = self._asking.number
            refusal = self._refusals.pop(number, None) if number is not None else None
            if refusal is not None:
                raise refusal from error
            if not self.is_active():
                message = "the SSH connection was lost"
                raise ConnectionResetError(errno.ECONNRESET, message) from error
            if number is not None:
                self._abandon(number)
            raise TimeoutError(f"no answer within {timeout_s:.1f} s") from error

    def _abandon(self, number: int) -> None:
        """Close a channel for which nobody waits any more, should it open after all."""
        with self.lock:
            self._abandoned.add(number)
            self.channel_events.pop(number, None)
            channel = self._channels.get(number)
        if channel is not None:
            channel.close()

    def _negotiate_keys(self, message: paramiko.Message) -> None:
        super()._negotiate_keys(message)  # type: ignore[misc]
        # paramiko forgets the engine once it is done.
        engine: object = self.kex_engine
        self.agreed_kex = str(getattr(engine, "name", self.agreed_kex))

    def _next_channel(self) -> int:
        number = int(super()._next_channel())  # type: ignore[misc]
        self._asking.number = number
        return number

    def _parse_channel_open_success(self, message: paramiko.Message) -> None:
        start = message.packet.tell()
        number, remote_number = message.get_int(), message.get_int()
        if number in self._abandoned:
            answer = paramiko.Message()
            answer.add_byte(cMSG_CHANNEL_CLOSE)
            answer.add_int(remote_number)
            self._send_message(answer)
            return
        message.packet.seek(start)
        super()._parse_channel_open_success(message)  # type: ignore[misc]

    def _parse_channel_open_failure(self, message: paramiko.Message) -> None:
        start = message.packet.tell()
        number, code = message.get_int(), message.get_int()
        text = message.get_string().decode("utf-8", "replace")
        if number not in self._abandoned:
            self._refusals[number] = ChannelRefusedError(code, text)
        message.packet.seek(start)
        super()._parse_channel_open_failure(message)  # type: ignore[misc]

    def _free_everybody(self) -> None:
        self.active = False
        self.packetizer.close()
        for channel in list(self._channels.values()):
            channel._unlink()  # type: ignore[attr-defined]  # noqa: SLF001 - as Transport.run does
        if self.completion_event is not None:
            self.completion_event.set()
        if self.auth_handler is not None:
            self.auth_handler.abort()
        for event in list(self.channel_events.values()):
            event.set()
        with contextlib.suppress(OSError):
            self.sock.close()


def _negotiated_as(key_type: str) -> tuple[str, ...]:
    """The algorithms that prove the possession of a key of this type."""
    if key_type == "ssh-rsa":
        return ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")
    return (key_type,)
