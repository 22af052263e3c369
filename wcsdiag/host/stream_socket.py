"""A stream that behaves as a socket, for what was written for sockets: http.client, urllib3."""

from __future__ import annotations

import io
import socket
from typing import cast

from wcsdiag.host.interface import Stream


class StreamSocket:
    """A `Stream` with the calls of a socket that http.client, requests and urllib3 need.

    As with a socket, the stream is closed for good once `close` was called and the last file
    made by `makefile` is closed too. A timeout raises `TimeoutError`.
    """

    def __init__(self, stream: Stream, *, timeout_s: float | None = None) -> None:
        self._stream = stream
        self._timeout_s = timeout_s
        self._io_refs = 0  # urllib3's SSLTransport counts its own files here
        self._closed = False
        stream.settimeout(timeout_s)

    def send(self, data: bytes, _flags: int = 0, /) -> int:
        """Send some of `data`: how many bytes were taken."""
        return self._stream.send(data)

    def sendall(self, data: bytes, _flags: int = 0, /) -> None:
        """Send all of `data`."""
        self._stream.sendall(data)

    def recv(self, size: int, _flags: int = 0, /) -> bytes:
        """At most `size` bytes; b"" at the end."""
        return self._stream.recv(size)

    def recv_into(self, buffer: bytearray | memoryview, size: int = 0, _flags: int = 0, /) -> int:
        """Fill the front of `buffer`: how many bytes; 0 at the end."""
        view = memoryview(buffer).cast("B")
        data = self._stream.recv(size or len(view))
        view[: len(data)] = data
        return len(data)

    def settimeout(self, seconds: float | None, /) -> None:
        """Seconds that each later call may wait; None: without a limit."""
        self._timeout_s = seconds
        self._stream.settimeout(seconds)

    def gettimeout(self) -> float | None:
        """What `settimeout` was given last."""
        return self._timeout_s

    def shutdown(self, how: int, /) -> None:
        """Close the stream at once, whichever direction is named."""
        del how
        self._stream.close()

    def makefile(self, mode: str = "r", buffering: int | None = None) -> io.IOBase:
        """A binary file that reads from the stream ("rb"), or writes to it ("wb").

        Unbuffered with `buffering` 0.
        """
        self._io_refs += 1
        size = io.DEFAULT_BUFFER_SIZE if buffering is None or buffering < 0 else buffering
        as_socket = cast("socket.socket", self)
        if "w" in mode:
            writer = socket.SocketIO(as_socket, "w")
            return io.BufferedWriter(writer, size) if size else writer
        reader = socket.SocketIO(as_socket, "r")
        return io.BufferedReader(reader, size) if size else reader

    def close(self) -> None:
        """Close; the stream itself once no file made of it is open."""
        self._closed = True
        if self._io_refs <= 0:
            self._stream.close()

    def _decref_socketios(self) -> None:
        """Called by `SocketIO` when a file made by `makefile` is closed."""
        self._io_refs -= 1
        if self._closed:
            self.close()
