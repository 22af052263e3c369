"""Requests as they come over a connection: bounded in size and time, whatever the client does."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

_REQUEST_LINE = re.compile(rb"([!-~]{1,32}) ([!-~\x80-\xff]+) HTTP/(\d\.\d)")
_HEADER_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")
_TLS_HANDSHAKE = b"\x16\x03"
_PART = 65536
_MOST_EMPTY_LINES = 4
_SHOWN = 40


@dataclass(frozen=True)
class Limits:
    """How much of a client is borne: bytes, headers, and seconds."""

    head_bytes: int = 32 * 1024
    headers: int = 100
    body_bytes: int = 1 << 20
    request_s: float = 30.0
    idle_s: float = 120.0
    send_s: float = 30.0


@dataclass(frozen=True)
class Request:
    """A request. `began_at` and `ended_at` are seconds of the clock and of the monotonic clock.

    `size` counts all its bytes. Header names are as they were sent.
    """

    verb: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    size: int = 0
    began_at: float = 0.0
    ended_at: float = 0.0

    def header(self, name: str) -> str:
        """The header's first value, or nothing."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")

    def values(self, name: str) -> list[str]:
        """The header's values, those in one line between commas taken apart."""
        wanted = name.lower()
        lines = [value for key, value in self.headers if key.lower() == wanted]
        return [part.strip().lower() for line in lines for part in line.split(",") if part.strip()]

    @property
    def keeps_alive(self) -> bool:
        """True where the client wants to keep the connection (RFC 9112 section 9.3)."""
        options = self.values("Connection")
        if "close" in options:
            return False
        return self.version == "1.1" or "keep-alive" in options

    @property
    def method(self) -> str:
        """The REST method: what follows the path's last slash."""
        return self.target.rpartition("/")[2].partition("?")[0].partition("#")[0]


class RefusedError(Exception):
    """What came is not a request that can be read; `request` is what is known of it."""

    def __init__(self, status: int, detail: str, request: Request | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.request = request


class TlsError(Exception):
    """The client speaks TLS on a port that does not."""


class GoneError(Exception):
    """The client left, or the time to be idle is over; nothing of a request had come."""


class Incoming:
    """The requests of one connection, one after the other."""

    def __init__(self, connection: socket.socket, limits: Limits) -> None:
        self._connection = connection
        self._limits = limits
        self._buffer = bytearray()
        self._ends = 0.0
        self._taken = 0

    def wait(self) -> None:
        """Wait for the first byte of a request. Raises `GoneError`."""
        self._ends = time.monotonic() + self._limits.idle_s
        if self._buffer:
            return
        try:
            came = self._receive()
        except OSError as error:
            raise GoneError from error
        if not came:
            raise GoneError

    def read(self, proceed: Callable[[], None]) -> Request:
        """The request whose first byte has come; `proceed` sends 100 where it is waited for.

        Raises `TlsError`, `GoneError` where nothing but line ends came, and `RefusedError`.
        """
        began_at = time.time()
        self._ends = time.monotonic() + self._limits.request_s
        self._taken = 0
        head = self._head(began_at)
        try:
            body = self._body(head, proceed)
        except RefusedError as error:
            ended = time.monotonic()
            raise RefusedError(error.status, error.detail, _ended(head, b"", 0, ended)) from error
        return _ended(head, body, self._taken, time.monotonic())

    def drain(self, seconds: float) -> None:
        """Read and forget what still comes, so that closing does not reset the connection."""
        ends = time.monotonic() + seconds
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
            while (left := ends - time.monotonic()) > 0:
                self._connection.settimeout(left)
                if not self._connection.recv(_PART):
                    return

    def _head(self, began_at: float) -> Request:
        line = self._first_line()
        found = _REQUEST_LINE.fullmatch(line)
        if found is None:
            raise RefusedError(400, f"what came is not HTTP: {_shown(line)}")
        verb, target, version = (part.decode("latin-1") for part in found.groups())
        request = Request(verb, target, version, began_at=began_at)
        if version not in ("1.0", "1.1"):
            raise RefusedError(505, f"HTTP/{version} is not spoken here", request)
        try:
            headers = self._header_lines(self._limits.headers)
        except RefusedError as error:
            raise RefusedError(error.status, error.detail, request) from error
        return Request(verb, target, version, headers, began_at=began_at)

    def _first_line(self) -> bytes:
        while len(self._buffer) < len(_TLS_HANDSHAKE) and b"\n" not in self._buffer:
            self._more("the request line")
        if self._buffer.startswith(_TLS_HANDSHAKE):
            raise TlsError
        for _ in range(_MOST_EMPTY_LINES):
            if line := self._line(self._limits.head_bytes, 414):
                return line
            if not self._buffer:
                # What some clients send after a body; the next request is waited for as ever.
                self.wait()
                self._ends = time.monotonic() + self._limits.request_s
        raise RefusedError(400, "empty lines instead of a request")

    def _header_lines(self, most: int) -> tuple[tuple[str, str], ...]:
        headers: list[tuple[str, str]] = []
        while line := self._line(self._limits.head_bytes - self._taken, 431):
            name, colon, value = line.partition(b":")
            if not colon or not _HEADER_NAME.fullmatch(name) or _CONTROLS.search(value):
                raise RefusedError(400, f"a line of the header is none: {_shown(line)}")
            headers.append((name.decode("latin-1"), value.strip(b" \t").decode("latin-1")))
            if len(headers) > most:
                raise RefusedError(431, f"more than {most} headers")
        return tuple(headers)

    def _body(self, head: Request, proceed: Callable[[], None]) -> bytes:
        encodings = head.values("Transfer-Encoding")
        lengths = set(head.values("Content-Length"))
        if encodings and (lengths or head.version == "1.0"):
            raise RefusedError(400, "Transfer-Encoding does not go with this request")
        if encodings not in ([], ["chunked"]):
            raise RefusedError(501, f"Transfer-Encoding {', '.join(encodings)} is not known here")
        length = self._length(head, lengths)
        self._heed_expectation(head, proceed)
        return self._chunks() if encodings else self._exactly(length)

    def _length(self, head: Request, lengths: set[str]) -> int:
        if not lengths:
            if head.verb == "POST" and not head.values("Transfer-Encoding"):
                raise RefusedError(411, "neither Content-Length nor chunks")
            return 0
        (text, *others) = lengths
        if others or not re.fullmatch("[0-9]{1,18}", text):
            raise RefusedError(400, f"Content-Length is {', '.join(sorted(lengths))}"[:200])
        if int(text) > self._limits.body_bytes:
            raise RefusedError(413, f"a body of {int(text)} bytes; our limit is {self._most}")
        return int(text)

    def _heed_expectation(self, head: Request, proceed: Callable[[], None]) -> None:
        expected = head.values("Expect")
        if not expected:
            return
        if expected != ["100-continue"]:
            raise RefusedError(417, "an expectation other than 100-continue")
        if head.version == "1.1":
            proceed()

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := self._chunk_size():
            if len(body) + size > self._limits.body_bytes:
                raise RefusedError(413, f"a body in chunks that is larger than {self._most}")
            body += self._exactly(size)
            if self._line(0, 400):
                raise RefusedError(400, "a chunk does not end where it says")
        before = self._taken
        while self._line(self._limits.head_bytes - (self._taken - before), 431):
            pass
        return bytes(body)

    def _chunk_size(self) -> int:
        line = self._line(1024, 400)
        found = _CHUNK_SIZE.fullmatch(line)
        if found is None:
            raise RefusedError(400, f"not the size of a chunk: {_shown(line)}")
        return int(found[1], 16)

    @property
    def _most(self) -> str:
        return f"{self._limits.body_bytes} bytes"

    def _line(self, most: int, status: int) -> bytes:
        """A line without its end. Raises `RefusedError` with `status` where it is too long."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0 and len(self._buffer) <= most + 2:
            searched = len(self._buffer)
            self._more(f"a line that begins {_shown(bytes(self._buffer))}")
        if end < 0 or end > max(most, 0) + 2:
            raise RefusedError(status, f"a line beyond our limit: {_shown(bytes(self._buffer))}")
        line = self._take(end + 1)
        return line.removesuffix(b"\n").removesuffix(b"\r")

    def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._more(f"a body, after {len(self._buffer)} of {count} bytes")
        return self._take(count)

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        self._taken += count
        return taken

    def _more(self, where: str) -> None:
        try:
            came = self._receive()
        except TimeoutError as error:
            limit = f"our limit of {self._limits.request_s:g} s"
            raise RefusedError(408, f"{limit} for a request ended in {where}") from error
        except OSError as error:
            raise RefusedError(400, f"the client reset the connection in {where}") from error
        if not came:
            raise RefusedError(400, f"the client ended the connection in {where}")

    def _receive(self) -> bool:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        part = self._connection.recv(_PART)
        self._buffer += part
        return bool(part)


def _ended(head: Request, body: bytes, size: int, ended_at: float) -> Request:
    return Request(
        head.verb,
        head.target,
        head.version,
        head.headers,
        body,
        size,
        head.began_at,
        ended_at,
    )


def _shown(data: bytes) -> str:
    cut = "..." if len(data) > _SHOWN else ""
    return repr(data[:_SHOWN].decode("latin-1")) + cut
