"""TLS over any stream: the same code for the operator's sockets and the host's channels."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from wcsdiag.host.interface import Stream

_BLOCK = 16384
Result = TypeVar("Result")


class TlsStream:
    """A stream inside a TLS session in memory BIOs. The constructor does the handshake.

    Raises what the stream raises, and `ssl.SSLError`. A web server that closes without TLS's own
    farewell has ended its answer, not failed.
    """

    def __init__(self, stream: Stream, context: ssl.SSLContext, server_name: str) -> None:
        self._stream = stream
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._session = context.wrap_bio(
            self._incoming, self._outgoing, server_hostname=server_name
        )
        self._through(self._session.do_handshake)

    @property
    def protocol(self) -> str:
        """The version that was agreed, such as "TLSv1.2"."""
        return self._session.version() or ""

    @property
    def certificate(self) -> bytes | None:
        """The web server's certificate in DER, trusted or not."""
        return self._session.getpeercert(binary_form=True)

    def send(self, data: bytes, /) -> int:
        """See `Stream`."""
        self.sendall(data)
        return len(data)

    def sendall(self, data: bytes, /) -> None:
        """See `Stream`."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._through(partial(self._session.write, rest)) :]

    def recv(self, size: int, /) -> bytes:
        """See `Stream`."""
        try:
            return self._through(partial(self._session.read, size))
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""

    def settimeout(self, seconds: float | None, /) -> None:
        """See `Stream`."""
        self._stream.settimeout(seconds)

    def close(self) -> None:
        """See `Stream`."""
        self._stream.close()

    def _through(self, step: Callable[[], Result]) -> Result:
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush()
                data = self._stream.recv(_BLOCK)
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            except ssl.SSLError:
                # The alert that tells the web server why is worth sending, if it can be.
                with contextlib.suppress(OSError):
                    self._flush()
                raise
            else:
                self._flush()
                return result

    def _flush(self) -> None:
        data = self._outgoing.read()
        if data:
            self._stream.sendall(data)
