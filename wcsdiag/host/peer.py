"""The wire under an SSH connection: what the other side said first is kept, and bounded."""

from __future__ import annotations

import errno
import time

from wcsdiag.host.interface import Stream

_KEPT = 400
_LONGEST_INTRODUCTION = 16 << 10


class Peer:
    """A stream as paramiko wants its socket, until the introduction within a deadline.

    An SSH server introduces itself with a line that begins with "SSH-" (RFC 4253 section 4.2).
    One that floods, or drips a byte a second, is cut off. Errors of the stream always carry a
    number and a text: paramiko formats both.
    """

    def __init__(self, stream: Stream, timeout_s: float) -> None:
        self._stream = stream
        self._end = time.monotonic() + timeout_s
        self._heard = b""
        self._introduced = False
        self._closed = False  # paramiko looks at it, as at a socket's

    @property
    def said(self) -> str:
        """The beginning of what was said before the introduction, as text."""
        return self._heard[:_KEPT].decode("utf-8", "replace").strip()

    @property
    def introduced(self) -> bool:
        """True once the other side said that it speaks SSH."""
        return self._introduced

    @property
    def out_of_time(self) -> bool:
        """True once the time for the introduction is over."""
        return time.monotonic() >= self._end

    def recv(self, size: int, /) -> bytes:
        """As `socket.recv`; b"" once the introduction took too long, or too many bytes."""
        try:
            data = self._stream.recv(size)
        except TimeoutError:
            if not self._introduced and self.out_of_time:
                return b""
            raise
        except OSError as error:
            raise _with_number(error) from error
        return data if self._introduced else self._listen(data)

    def send(self, data: bytes, /) -> int:
        """As `socket.send`."""
        return self._stream.send(data)

    def settimeout(self, seconds: float | None, /) -> None:
        """As `socket.settimeout`."""
        self._stream.settimeout(seconds)

    def close(self) -> None:
        """Close the stream."""
        self._closed = True
        self._stream.close()

    def _listen(self, data: bytes) -> bytes:
        self._heard += data
        self._introduced = self._heard.startswith(b"SSH-") or b"\nSSH-" in self._heard
        if self._introduced:
            return data
        return b"" if self.out_of_time or len(self._heard) > _LONGEST_INTRODUCTION else data


def _with_number(error: OSError) -> OSError:
    if len(error.args) >= 2:
        return error
    return ConnectionResetError(errno.ECONNRESET, str(error) or "connection lost")
