"""Passes a hook on to the real web server, within a deadline, and brings its answer back."""

from __future__ import annotations

import contextlib
import http.client
import io
import queue
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlsplit

from wcsdiag.errors import words_of
from wcsdiag.hooks.exchange import Failure
from wcsdiag.receiver.incoming import Request
from wcsdiag.receiver.reply import Reply

DEFAULT_TIMEOUT_S = 30.0
LARGEST_ANSWER = 1 << 20

_MOST_PASSES = 4
_PART = 65536
_OWN_NAME = "wcsdiag"
# RFC 9110 section 7.6.1, and what is made anew.
_NOT_PASSED_ON = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
        *("content-length", "expect", "host", "via"),
    }
)
_Place: TypeAlias = tuple[socket.AddressFamily, tuple[object, ...]]


@dataclass(frozen=True)
class Forwarded:
    """What became of it: a reply, or why there is none. `text` is the body as it is to be read.

    `seconds` run from the first step to the end of the answer, connecting included.
    """

    seconds: float
    reply: Reply | None = None
    text: str = ""
    failure: Failure | None = None
    error: str = ""


class _FailedError(Exception):
    def __init__(self, failure: Failure, error: str) -> None:
        super().__init__(error)
        self.failure = failure
        self.error = error


@dataclass(frozen=True)
class Forwarder:
    """The real web server: `url` is its REST URL. Each hook has a connection of its own."""

    url: str
    timeout_s: float = DEFAULT_TIMEOUT_S
    _tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)

    def forward(self, request: Request) -> Forwarded:
        """Send the hook there, as it came but for what belongs to a connection."""
        began = time.monotonic()
        deadline = began + self.timeout_s
        try:
            reply = self._exchange(request, deadline)
        except _FailedError as failed:
            seconds = time.monotonic() - began
            return Forwarded(seconds, failure=failed.failure, error=failed.error)
        seconds = time.monotonic() - began
        return Forwarded(seconds, reply, _readable(reply))

    def _exchange(self, request: Request, deadline: float) -> Reply:
        if request.header("Via").count(_OWN_NAME) >= _MOST_PASSES:
            raise _FailedError(Failure.OTHER, "the hook comes back: --forward leads to this port")
        stream = self._connected(deadline)
        try:
            return self._asked(stream, request, deadline)
        except TimeoutError as error:
            raise self._late() from error
        except (http.client.RemoteDisconnected, http.client.IncompleteRead, BrokenPipeError) as e:
            text = "it closed the connection before its answer was whole"
            raise _FailedError(Failure.CLOSED_EARLY, text) from e
        except ConnectionResetError as error:
            raise _FailedError(Failure.RESET, "it reset the connection") from error
        except http.client.HTTPException as error:
            text = f"its answer is not HTTP: {str(error)[:100]!r}"
            raise _FailedError(Failure.NOT_HTTP, text) from error
        except (OSError, ValueError) as error:
            raise _FailedError(Failure.OTHER, words_of(error)) from error
        finally:
            stream.close()

    def _asked(self, stream: socket.socket, request: Request, deadline: float) -> Reply:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.netloc.rpartition("@")[2])
        connection.sock = _Timed(stream, deadline)
        path = f"{parts.path.rstrip('/')}/{request.method}"
        connection.putrequest("POST", path, skip_accept_encoding=True)
        for name, value in _passed_on(request).items():
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders(request.body)
        with connection.getresponse() as response:
            body = response.read(LARGEST_ANSWER + 1)
            # What is less than it was said to be raises only when all of it is asked for.
            if len(body) <= LARGEST_ANSWER and response.length:
                raise http.client.IncompleteRead(body, response.length)
            if len(body) > LARGEST_ANSWER:
                limit = f"our limit of {LARGEST_ANSWER >> 20} MiB"
                raise _FailedError(Failure.OTHER, f"its answer is larger than {limit}")
            headers = {
                name: value
                for name, value in response.getheaders()
                if name.lower() not in _NOT_PASSED_ON
            }
            return Reply(response.status, headers, body)

    def _connected(self, deadline: float) -> socket.socket:
        parts = urlsplit(self.url)
        name = parts.hostname or ""
        is_https = parts.scheme.lower() == "https"
        places = _places(name, parts.port or (443 if is_https else 80), deadline)
        plain = self._connected_to_one(places, deadline)
        if not is_https:
            return plain
        try:
            plain.settimeout(_left(deadline))
            return self._tls.wrap_socket(plain, server_hostname=name)
        except TimeoutError as error:
            plain.close()
            text = f"TLS was not agreed on within our limit of {self.timeout_s:g} s"
            raise _FailedError(Failure.TIMED_OUT, text) from error
        except (OSError, ValueError) as error:
            plain.close()
            raise _FailedError(Failure.TLS, f"TLS failed: {words_of(error)}") from error

    def _connected_to_one(self, places: list[_Place], deadline: float) -> socket.socket:
        failed: _FailedError | None = None
        for number, (family, address) in enumerate(places):
            plain = socket.socket(family, socket.SOCK_STREAM)
            try:
                # Later addresses must have their turn where the first one is silent.
                plain.settimeout(max(0.01, _left(deadline) / (len(places) - number)))
                plain.connect(address)
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return plain
            except TimeoutError:
                plain.close()
                failed = _FailedError(Failure.CONNECT_TIMED_OUT, f"{address[0]} does not answer")
            except OSError as error:
                plain.close()
                refused = isinstance(error, ConnectionRefusedError)
                kind = Failure.REFUSED if refused else Failure.UNREACHABLE
                failed = _FailedError(kind, f"{address[0]}: {words_of(error)}")
        raise failed or _FailedError(Failure.NAME_NOT_FOUND, "its name has no address")

    def _late(self) -> _FailedError:
        text = f"its answer was not whole within our limit of {self.timeout_s:g} s"
        return _FailedError(Failure.TIMED_OUT, text)


def _passed_on(request: Request) -> Mapping[str, str]:
    named = set(request.values("Connection"))
    passed = {
        name: value
        for name, value in request.headers
        if name.lower() not in _NOT_PASSED_ON and name.lower() not in named
    }
    via = ", ".join(v for v in (request.header("Via"), f"{request.version} {_OWN_NAME}") if v)
    return {**passed, "Content-Length": str(len(request.body)), "Via": via}


def _places(name: str, port: int, deadline: float) -> list[_Place]:
    """The name's addresses. The resolver cannot be told to give up: it is left to its thread."""
    found: queue.SimpleQueue[list[_Place] | OSError | UnicodeError] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            infos = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
            found.put([(family, address) for family, _, _, _, address in infos])
        except (OSError, UnicodeError) as error:
            found.put(error)

    threading.Thread(target=resolve, daemon=True).start()
    try:
        places = found.get(timeout=_left(deadline))
    except (queue.Empty, TimeoutError) as error:
        text = f"the resolver did not answer for {name}"
        raise _FailedError(Failure.NAME_NOT_FOUND, text) from error
    if isinstance(places, Exception):
        raise _FailedError(Failure.NAME_NOT_FOUND, f"{name}: {words_of(places)}") from places
    return places


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _readable(reply: Reply) -> str:
    """The body as text, unpacked where it is packed, and never more than the limit of it."""
    body = reply.body
    coding = next((v for k, v in reply.headers.items() if k.lower() == "content-encoding"), "")
    if coding.strip().lower() in {"gzip", "x-gzip", "deflate"}:
        with contextlib.suppress(zlib.error):
            body = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, LARGEST_ANSWER)
    return body.decode("utf-8", "replace")


class _Timed:
    """A socket with the calls that `http.client` makes, each within the deadline."""

    def __init__(self, stream: socket.socket, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._stream.settimeout(_left(self._deadline))
        self._stream.sendall(data)

    def makefile(self, *_arguments: object, **_options: object) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._stream, self._deadline), _PART)

    def close(self) -> None:
        """Nothing: who connected closes."""


class _TimedReader(io.RawIOBase):
    def __init__(self, stream: socket.socket, deadline: float) -> None:
        super().__init__()
        self._stream = stream
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        self._stream.settimeout(_left(self._deadline))
        return self._stream.recv_into(buffer)
