"""HTTP: framing, codings, what is a hook, and what is no HTTP."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest

from tests.capture.build import FIN, Talk, answer, body, chunked, pcap, request
from tests.capture.reading import exchanges_in, exchanges_of, one_hook, only, read_all
from wcsdiag.hooks.exchange import Failure, Source

ECHO = body()


def answered(data: bytes, size: int = 1448) -> Talk:
    """A connection on which one hook is answered with these bytes."""
    return Talk().open(0).exchange(0.01, request(), data, size=size)


def test_an_exchange_says_all_that_was_seen() -> None:
    exchange = only(one_hook().packets)
    assert exchange.source is Source.CAPTURE
    assert exchange.url == "http://localhost:9091/EchoApp/connect"
    assert exchange.request == json.loads(ECHO)
    assert exchange.request_text == exchange.answer_text == ECHO.decode()
    assert (exchange.status, exchange.failure, exchange.error) == (200, None, None)
    assert exchange.content_type == "application/json;charset=UTF-8"
    assert exchange.request_bytes == len(request())
    assert exchange.answer_bytes == len(answer(ECHO))
    assert exchange.place == "frame 4"
    assert exchange.connection == "127.0.0.1:33642 - 127.0.0.1:9091"
    assert exchange.first_byte_s == pytest.approx(0.005, abs=1e-6)
    assert not exchange.answer_truncated
    assert not exchange.closed_in_use


@pytest.mark.parametrize("size", [1, 7, 100, 1448])
@pytest.mark.parametrize(
    "data",
    [
        answer(ECHO),
        chunked(ECHO),
        chunked(ECHO[:10], ECHO[10:11], ECHO[11:]),
        chunked(ECHO).replace(b"\r\n0\r\n\r\n", b"\r\n0;last\r\nDigest: none\r\n\r\n"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(ECHO),
        b"\r\n" + answer(ECHO),
        answer(gzip.compress(ECHO), head="Content-Encoding: gzip\r\n"),
        answer(zlib.compress(ECHO), head="Content-Encoding: deflate\r\n"),
        answer(zlib.compress(ECHO, wbits=-15), head="Content-Encoding: deflate\r\n"),
        chunked(gzip.compress(ECHO), head="Content-Encoding: gzip\r\n"),
    ],
)
def test_every_framing_and_coding_in_segments_of_any_size(data: bytes, size: int) -> None:
    exchange = only(answered(data, size).packets)
    assert (exchange.status, exchange.answer_text) == (200, ECHO.decode())
    assert exchange.seconds is not None
    assert exchange.failure is None


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_an_answer_until_the_connection_closes(version: bytes) -> None:
    head = b"HTTP/%s 200 OK\r\nContent-Type: application/json\r\n\r\n" % version
    talk = answered(head + ECHO)
    talk.to_client(1, flags=FIN | 16)
    exchange = only(talk.packets)
    assert (exchange.answer_text, exchange.failure) == (ECHO.decode(), None)


def test_keep_alive_gives_each_its_answer() -> None:
    talk = Talk().open(0)
    for i in range(5):
        talk.exchange(i + 0.1, request("call", body(count=i)), answer(body(count=i)))
    for i, exchange in enumerate(exchanges_in(talk.packets)):
        assert exchange.request["count"] == i
        assert exchange.answer_text == body(count=i).decode()


def test_pipelined_requests_are_answered_in_order() -> None:
    contents = [body(count=i) for i in range(3)]
    talk = Talk().open(0)
    talk.exchange(
        0.1,
        b"".join(request("call", content) for content in contents),
        b"".join(answer(content) for content in contents),
    )
    found = [exchange.answer_text for exchange in exchanges_in(talk.packets)]
    assert found == [content.decode() for content in contents]


def test_an_answer_without_a_body() -> None:
    talk = answered(b"HTTP/1.1 204 No Content\r\n\r\n")
    talk.exchange(1, request("call"), answer(b""))
    assert [(e.status, e.answer_text) for e in exchanges_in(talk.packets)] == [(204, ""), (200, "")]


def test_the_answer_to_head_has_no_body() -> None:
    talk = Talk().open(0)
    talk.exchange(0.1, b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + LONG_LENGTH)
    talk.exchange(1, request("call"), answer(ECHO))
    assert only(talk.packets).answer_text == ECHO.decode()


LONG_LENGTH = b"Content-Length: 5000\r\n\r\n"


def test_a_large_body_is_cut_and_counted() -> None:
    large = body(sdp="x" * 400_000)
    exchange = only(Talk().open(0).exchange(0.1, request("call", large), answer(large)).packets)
    assert exchange.answer_truncated
    assert exchange.request_truncated
    assert len(exchange.answer_text or "") == 256 << 10
    assert exchange.answer_bytes == len(answer(large))
    assert exchange.app_key == "defaultApp"


def test_a_body_that_unpacks_without_end_is_cut() -> None:
    bomb = gzip.compress(bytes(50 << 20))
    exchange = only(answered(answer(bomb, head="Content-Encoding: gzip\r\n")).packets)
    assert exchange.answer_truncated
    assert len(exchange.answer_text or "") == 256 << 10


def test_a_body_that_does_not_unpack_is_shown_as_it_is() -> None:
    exchange = only(answered(answer(b"plain", head="Content-Encoding: gzip\r\n")).packets)
    assert exchange.answer_text == "plain"


def test_other_requests_are_counted_and_passed_over() -> None:
    talk = one_hook()
    other = Talk(client=("127.0.0.1", 5)).open(2)
    other.exchange(2.1, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", answer())
    other.exchange(2.2, request("find_all", path="/rest-api/stream/"), answer())
    other.exchange(2.3, request("orders", b'{"pizza": 1}', path="/shop/"), answer())
    exchanges, _, summary = read_all(pcap(talk.packets + other.packets))
    assert [exchange.method for exchange in exchanges] == ["connect"]
    assert "3 HTTP requests are no hooks and were passed over" in summary.notes


def test_with_ports_every_post_of_json_is_a_hook() -> None:
    talk = Talk().open(0).exchange(0.1, request("myOwnMethod", b'{"any": 1}'), answer())
    assert exchanges_of(pcap(talk.packets)) == []
    (exchange,) = exchanges_of(pcap(talk.packets), ports=frozenset({9091}))
    assert exchange.method == "myOwnMethod"


def test_a_hook_through_a_proxy_keeps_its_url() -> None:
    path = "http://api.example.net/hooks/"
    talk = Talk().open(0).exchange(0.1, request(path=path), answer(ECHO))
    assert only(talk.packets).url == "http://api.example.net/hooks/connect"


def test_a_body_that_is_no_json_gives_an_empty_request() -> None:
    talk = Talk().open(0).exchange(0.1, request("connect", b"{broken"), answer(ECHO))
    exchange = only(talk.packets)
    assert (exchange.request, exchange.request_text) == ({}, "{broken")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "53 53 48 2d"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "it expects https"),
    ],
)
def test_an_answer_that_is_no_http(data: bytes, said: str) -> None:
    exchange = only(answered(data).packets)
    assert exchange.failure is Failure.NOT_HTTP
    assert said in (exchange.error or "")


def test_exchanges_come_in_the_order_of_their_requests() -> None:
    slow = Talk(client=("127.0.0.1", 1)).open(0)
    slow.exchange(0.1, request("connect"), answer(ECHO), after=5)
    quick = Talk(client=("127.0.0.1", 2), client_seq=9).open(1)
    quick.exchange(1.1, request("call"), answer(ECHO))
    packets = sorted(slow.packets + quick.packets, key=lambda packet: packet.at)
    assert [exchange.method for exchange in exchanges_in(packets)] == ["connect", "call"]
