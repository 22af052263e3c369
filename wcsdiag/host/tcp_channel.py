"""A TCP connection that the SSH server makes for us, as a socket."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from wcsdiag.host.failures import from_channel_failure
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.operator import where
from wcsdiag.host.stream_socket import StreamSocket

if TYPE_CHECKING:
    import paramiko

    from wcsdiag.host.transport import HostTransport


class ChannelStream:
    """A direct-tcpip channel. Where the SSH connection is lost, that is an error, not an end."""

    def __init__(self, channel: paramiko.Channel, transport: HostTransport) -> None:
        self._channel = channel
        self._transport = transport

    def send(self, data: bytes, /) -> int:
        """As `socket.send`."""
        try:
            return self._channel.send(data)
        except TimeoutError:
            raise
        except OSError as error:
            raise self._lost(error) from error

    def sendall(self, data: bytes, /) -> None:
        """As `socket.sendall`."""
        rest = memoryview(data)
        while rest:
            rest = rest[self.send(bytes(rest[: 1 << 15])) :]

    def recv(self, size: int, /) -> bytes:
        """As `socket.recv`."""
        data = self._channel.recv(size)
        if not data and not self._transport.is_active():
            raise self._lost(None)
        return data

    def settimeout(self, seconds: float | None, /) -> None:
        """As `socket.settimeout`."""
        self._channel.settimeout(seconds)

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def _lost(self, error: OSError | None) -> ConnectionError:
        if not self._transport.is_active():
            return ConnectionResetError(errno.ECONNRESET, "the SSH connection was lost")
        return BrokenPipeError(errno.EPIPE, str(error) or "the connection is closed")


def open_tcp(transport: HostTransport, address: str, port: int, timeout_s: float) -> StreamSocket:
    """Connect from the SSH server to address and port, within our own deadline.

    OpenSSH itself would wait 135 s for an address that does not answer. Raises `HostError` with
    the server's own text.
    """
    # Imported here: this module is light, the transport is all of paramiko.
    from wcsdiag.host.transport import ChannelRefusedError

    place = where(address, port)
    if timeout_s <= 0:
        raise HostError(HostFailure.TIMED_OUT, f"{place}: no time was left (wcsdiag's own limit)")
    try:
        channel = transport.open_tcp(address, port, timeout_s=timeout_s)
    except ChannelRefusedError as error:
        raise from_channel_failure(error.code, error.text, place) from error
    except TimeoutError as error:
        message = f"{place}: no answer within {timeout_s:.1f} s (wcsdiag's own limit)"
        raise HostError(HostFailure.TIMED_OUT, message) from error
    except ConnectionError as error:
        raise HostError(HostFailure.LOST, f"{place}: {error}") from error
    return StreamSocket(ChannelStream(channel, transport), timeout_s=timeout_s)
