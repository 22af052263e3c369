"""Whatever a client does, it gets a fitting answer or none, and the next client gets its own."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.receiver.support import (
    PATIENCE_S,
    Receiver,
    everything,
    hook_bytes,
    post,
    receiving,
)
from wcsdiag.hooks.exchange import Failure, Outcome
from wcsdiag.receiver.hook_site import HookSite, SeenHook
from wcsdiag.receiver.incoming import GoneError, Incoming, Limits, RefusedError, TlsError

HEAD = b"POST /hooks/connect HTTP/1.1\r\n"

REFUSED: dict[str, tuple[bytes, int]] = {
    "garbage": (b"\x00\x01\x02\x03 nothing\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "a long request line": (b"POST /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", 414),
    "a long header": (HEAD + b"X: " + b"a" * 100_000 + b"\r\n\r\n", 431),
    "many headers": (HEAD + b"X: y\r\n" * 200 + b"\r\n", 431),
    "a folded header": (HEAD + b"X: y\r\n z\r\n\r\n", 400),
    "a control character": (HEAD + b"X: \x1b[2J\r\n\r\n", 400),
    "no length": (HEAD + b"\r\n", 411),
    "two lengths": (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n12", 400),
    "a negative length": (HEAD + b"Content-Length: -1\r\n\r\n", 400),
    "an endless length": (HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
    "a large length": (HEAD + b"Content-Length: 1073741824\r\n\r\n", 413),
    "length and chunks": (
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "packed chunks": (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
    "not the size of a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
    "a large chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", 413),
    "a chunk without end": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400),
    "an expectation": (HEAD + b"Expect: tea\r\nContent-Length: 1\r\n\r\n1", 417),
    "nothing but line ends": (b"\r\n" * 20, 400),
}


def still_serves(receiver: Receiver) -> bool:
    return post(receiver.client()).status == 200


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_request_gets_a_fitting_status(name: str) -> None:
    sent, status = REFUSED[name]
    with receiving() as receiver, receiver.connect() as connection:
        connection.sendall(sent)
        answer = everything(connection)
        seen = receiver.seen()
        assert still_serves(receiver)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"Connection: close" in answer
    if isinstance(seen, SeenHook):
        assert seen.exchange.outcome is Outcome.FAILED
        assert seen.exchange.error


def test_a_client_that_speaks_tls_is_told_apart() -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with receiving() as receiver, receiver.connect() as connection:
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(connection)
        contact = receiver.contact()
        assert still_serves(receiver)
    assert contact.failure is Failure.TLS
    assert "the REST URL says https" in contact.detail


def test_a_slow_client_is_ended_by_our_limit_and_told_so() -> None:
    with receiving(limits=Limits(request_s=0.3)) as receiver, receiver.connect() as connection:
        connection.sendall(HEAD + b"Host: x\r\nContent-Length: 10\r\n\r\n123")
        assert everything(connection).startswith(b"HTTP/1.1 408 ")
        error = receiver.hook().exchange.error
    assert error is not None
    assert "our limit of 0.3 s" in error
    assert "after 3 of 10 bytes" in error


def test_a_client_that_sends_a_byte_at_a_time_is_ended_too() -> None:
    with receiving(limits=Limits(request_s=0.5)) as receiver, receiver.connect() as connection:
        ended = threading.Event()

        def drip() -> None:
            with contextlib.suppress(OSError):
                while not ended.wait(0.02):
                    connection.sendall(b"a")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            answer = everything(connection)
        finally:
            ended.set()
            thread.join()
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_idles_is_closed() -> None:
    with receiving(limits=Limits(idle_s=0.2)) as receiver, receiver.connect() as connection:
        assert everything(connection) == b""
        assert "without a request" in receiver.contact().detail


def test_half_a_hook_and_its_end_is_a_hook_that_failed() -> None:
    with receiving() as receiver, receiver.connect() as connection:
        connection.sendall(hook_bytes()[:-5])
        connection.shutdown(socket.SHUT_WR)
        assert everything(connection).startswith(b"HTTP/1.1 400 ")
        assert receiver.hook().exchange.method == "connect"


def test_a_client_that_resets_disturbs_nobody() -> None:
    with receiving() as receiver:
        connection = receiver.connect()
        connection.sendall(hook_bytes()[:-5])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
        receiver.seen()
        assert still_serves(receiver)


def test_a_large_body_gets_its_answer_before_the_connection_is_closed() -> None:
    with receiving(limits=Limits(body_bytes=1000)) as receiver:
        answer = post(receiver.client(), body=b"x" * 100_000)
    assert answer.status == 413


def test_what_nobody_looks_at_is_counted() -> None:
    site = HookSite()
    site.seen.maxsize = 2
    with receiving(site) as receiver:
        client = receiver.client()
        for _ in range(5):
            assert post(client).status == 200
    assert site.overlooked == 3


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", HEAD, hook_bytes(), hook_bytes()[:60]]))
def test_any_bytes_end_in_a_request_or_a_known_error(noise: bytes, before: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(before + noise)
        theirs.shutdown(socket.SHUT_WR)
        incoming = Incoming(ours, Limits(request_s=PATIENCE_S))
        with contextlib.suppress(GoneError, RefusedError, TlsError):
            while True:
                incoming.wait()
                request = incoming.read(lambda: None)
                assert len(request.body) <= len(before + noise)


def test_the_hooks_body_is_never_mixed_up_with_another() -> None:
    def send(number: int, wrong: list[int]) -> None:
        body = json.dumps({"appKey": "x" * number}).encode()
        client = receiver.client()
        wrong.extend(number for _ in range(20) if post(client, body=body).body != body)

    wrong: list[int] = []
    with receiving() as receiver:
        threads = [threading.Thread(target=send, args=(n, wrong)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
    assert wrong == []
