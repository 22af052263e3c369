"""Whatever comes as HTTP: our server reads or refuses it, our client judges or fails it."""

from __future__ import annotations

import contextlib
import json
import socket

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.bounds import tried
from tests.sender.web import destination
from wcsdiag.hooks.exchange import Exchange, Failure
from wcsdiag.host.interface import Stream
from wcsdiag.lifetime import Lifetime
from wcsdiag.receiver.incoming import GoneError, Incoming, Limits, RefusedError, Request, TlsError
from wcsdiag.sender.connection import ANSWER_LIMIT, HookConnection, OutgoingHook
from wcsdiag.sender.judgement import remarks_on

TOKENS = st.text("abcXYZ-09!", min_size=1, max_size=12)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30).map(str.strip)
BODIES = st.binary(max_size=200)

REQUEST_PIECES = st.sampled_from(
    [
        b"POST /hooks/connect HTTP/1.1\r\n",
        b"POST http://x/hooks/connect HTTP/1.0\r\n",
        b"GET / HTTP/1.1\r\n",
        b"HEAD  /  HTTP/9.9\r\n",
        b"POST /hooks/connect HTTP/1.1\n",
        b"Host: web\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 5, 5\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"content-length : 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked, chunked\r\n",
        b"Transfer-Encoding: identity\r\n",
        b"Expect: 100-continue\r\n",
        b"Connection: close\r\n",
        b"X:\r\n folded\r\n",
        b": nameless\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"5\r\nhello\r\n",
        b"5;x=y\r\nhello\r\n",
        b"-5\r\nhello\r\n",
        b"0x5\r\nhello\r\n",
        b"0\r\n\r\n",
        b"0\r\nTrailer: x\r\n\r\n",
        b"ffffffff\r\n",
        b"hello",
        b"\x16\x03\x01",
        b"x" * 3_000,
    ]
)
ANSWER_PIECES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n",
        b"HTTP/1.1 304 Not\r\n",
        b"HTTP/1.0 200\r\n",
        b"HTTP/2 200\r\n",
        b"HTTP/1.1 -1 x\r\n",
        b"HTTP/1.1 99999 x\r\n",
        b"HTTP/1.1 \xff\xfe x\r\n",
        b"Content-Type: application/json\r\n",
        b"Content-Type: \x1b[2J; charset=\xff\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 5e9\r\n",
        b"Content-Length: 999999999999\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Connection: close\r\n",
        b"X: " + b"y" * 70_000 + b"\r\n",
        b"X: y\r\n" * 120,
        b" folded\r\n",
        b"\r\n",
        b"5\r\nhello\r\n",
        b"-5\r\nhello\r\n",
        b"zz\r\nhello\r\n",
        b"ffffffffffffffffffff\r\n",
        b"0\r\n\r\n",
        b"hello",
        b'{"appKey": "k", "sessionId": 1}',
        b"[" * 5_000,
        b"220 mail.example\r\n",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"x" * (ANSWER_LIMIT + 10),
    ]
)


def requests_in(data: bytes, limits: Limits) -> list[Request]:
    """The requests that our server makes of it, up to what it refuses."""
    ours, theirs = socket.socketpair()
    read = []
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        incoming = Incoming(ours, limits)
        with contextlib.suppress(GoneError, RefusedError, TlsError):
            while True:
                incoming.wait()
                read.append(incoming.read(lambda: None))
    return read


@tried(400)
@given(st.lists(REQUEST_PIECES | st.binary(max_size=20), max_size=14).map(b"".join))
def test_any_pieces_of_requests_are_read_within_the_limits_or_refused(data: bytes) -> None:
    limits = Limits(body_bytes=4_000, headers=20, head_bytes=2_000, request_s=10)
    found = requests_in(data, limits)
    assert sum(request.size for request in found) <= len(data)
    for request in found:
        assert len(request.body) <= limits.body_bytes
        assert len(request.headers) <= limits.headers
        assert request.version in {"1.0", "1.1"}
        assert "/" not in request.method
        assert request.keeps_alive in {True, False}


@st.composite
def whole_requests(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """Requests one after the other as clients may write them, and the bodies that they carry."""
    wire, bodies = b"", []
    for _ in range(draw(st.integers(1, 4))):
        body = draw(BODIES)
        names = [each for each in draw(st.lists(TOKENS, max_size=4)) if not each.startswith("-")]
        head = "".join(f"X{name}: {draw(VALUES)}\r\n" for name in names).encode()
        line = b"POST /hooks/connect HTTP/1.1\r\n" + head
        if draw(st.booleans()):
            wire += line + b"Content-Length: %d\r\n\r\n" % len(body) + body
        else:
            edge = draw(st.integers(0, len(body)))
            chunks = [chunk for chunk in (body[:edge], body[edge:]) if chunk]
            framed = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in chunks)
            wire += line + b"Transfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n\r\n"
        bodies.append(body)
    return wire, bodies


@tried(150)
@given(whole_requests())
def test_what_is_a_request_is_read_as_it_was_sent(sent: tuple[bytes, list[bytes]]) -> None:
    wire, bodies = sent
    found = requests_in(wire, Limits(request_s=10))
    assert [request.body for request in found] == bodies
    assert sum(request.size for request in found) == len(wire)


class OneAnswer:
    """A network whose one web server says this to the first hook, and closes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._theirs: list[socket.socket] = []

    def resolve(self, _name: str) -> tuple[str, ...]:
        """No name is asked for."""
        return ()

    def open_tcp(self, _address: str, _port: int, *, timeout_s: float) -> Stream:
        """A connection, whose answer is there already."""
        ours, theirs = socket.socketpair()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 << 20)
        theirs.settimeout(timeout_s)
        theirs.sendall(self._data)
        theirs.shutdown(socket.SHUT_WR)
        self._theirs.append(theirs)
        return ours

    def close(self) -> None:
        """Close the web server's ends."""
        for each in self._theirs:
            each.close()


def answered(data: bytes) -> Exchange:
    """The exchange that our client makes of an answer."""
    lifetime = Lifetime(timeout_s=10, deadline_s=20)
    network = OneAnswer(data)
    place = destination("http://127.0.0.1:9/hooks", lifetime, network=network)
    connection = HookConnection(place, lifetime)
    try:
        return connection.post(OutgoingHook("connect", {"appKey": "k"}, b'{"appKey":"k"}'))
    finally:
        connection.close()
        network.close()
        lifetime.end()


@tried(300)
@given(st.lists(ANSWER_PIECES | st.binary(max_size=20), max_size=9).map(b"".join))
def test_any_pieces_of_an_answer_are_an_answer_or_a_failure(data: bytes) -> None:
    exchange = answered(data)
    assert (exchange.status is None) == (exchange.failure is not None)
    assert exchange.failure is not Failure.NOT_SEEN
    assert exchange.failure is None or exchange.error
    assert len(exchange.answer_text or "") <= ANSWER_LIMIT
    for remark in remarks_on(exchange):
        assert len(remark.text) < 2_000


@tried(100)
@given(
    st.dictionaries(TOKENS, VALUES | st.integers() | st.booleans(), max_size=5),
    st.integers(200, 599).filter(lambda status: status not in {204, 304}),
    st.booleans(),
)
def test_what_is_an_answer_is_read_as_it_was_sent(
    body: dict[str, object], status: int, chunked: bool
) -> None:
    content = json.dumps(body).encode()
    head = b"HTTP/1.1 %d Said\r\nContent-Type: application/json\r\n" % status
    if chunked:
        wire = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
    else:
        wire = b"Content-Length: %d\r\n\r\n%s" % (len(content), content)
    exchange = answered(head + wire)
    assert (exchange.status, exchange.failure) == (status, None)
    assert exchange.answer_text == content.decode()
    assert exchange.answer_bytes == len(head + wire)
