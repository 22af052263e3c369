"""A stream that ends: by a deadline for all that is done with it, and by a number of bytes."""

from __future__ import annotations

import time

from wcsdiag.host.interface import Stream

FIRST_BYTES = 64
"""Bytes of an answer's beginning that are kept, to say what spoke where HTTP was expected."""


class TooMuchError(OSError):
    """More bytes came than were allowed."""


class BoundedStream:
    """Every call fails with `TimeoutError` once the deadline has passed, however much drips in.

    Counts what comes in, and remembers how the stream ended, for whoever explains a failure.
    """

    def __init__(self, stream: Stream, *, seconds: float, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._end = time.monotonic() + seconds
        self.received = 0
        self.beginning = b""
        self.timed_out = False
        self.was_reset = False
        self.last_sent = self.last_received = time.monotonic()
        self.first_received: float | None = None

    @property
    def quoted_beginning(self) -> str:
        r"""The beginning as text in quotes, on one line: `'220 mail\x1b ready\r\n'`."""
        return repr(self.beginning.decode("utf-8", "replace"))

    def begin_again(self, seconds: float) -> None:
        """Another exchange over the same connection: a new deadline, and nothing came yet."""
        self.extend(seconds)
        self.received = 0
        self.beginning = b""
        self.first_received = None

    def extend(self, seconds: float) -> None:
        """Set a new deadline, from now on."""
        self._end = time.monotonic() + seconds

    def send(self, data: bytes, /) -> int:
        """See `Stream`."""
        self.sendall(data)
        return len(data)

    def sendall(self, data: bytes, /) -> None:
        """See `Stream`."""
        self._before_waiting()
        try:
            self._stream.sendall(data)
        except TimeoutError:
            self.timed_out = True
            raise
        except ConnectionError:
            self.was_reset = True
            raise
        self.last_sent = time.monotonic()

    def recv(self, size: int, /) -> bytes:
        """See `Stream`. Raises `TooMuchError` beyond the limit of bytes."""
        if self.received >= self._limit:
            raise TooMuchError(f"more than {self._limit} bytes")
        self._before_waiting()
        try:
            data = self._stream.recv(size)
        except TimeoutError:
            self.timed_out = True
            raise
        except ConnectionError:
            self.was_reset = True
            raise
        self.last_received = time.monotonic()
        if self.first_received is None:
            self.first_received = self.last_received
        self.received += len(data)
        if len(self.beginning) < FIRST_BYTES:
            self.beginning = (self.beginning + data)[:FIRST_BYTES]
        return data

    def settimeout(self, _seconds: float | None, /) -> None:
        """Nothing: the deadline rules."""

    def close(self) -> None:
        """See `Stream`."""
        self._stream.close()

    def _before_waiting(self) -> None:
        left = self._end - time.monotonic()
        if left <= 0:
            self.timed_out = True
            raise TimeoutError("the deadline of this connection has passed")
        self._stream.settimeout(left)
