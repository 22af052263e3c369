"""What holds for every capture: pieces do not matter, damage does not crash."""

from __future__ import annotations

import contextlib
import itertools
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.build import Talk, answer, body, chunked, pcap, pcapng, request
from tests.capture.reading import exchanges_of, read_all
from wcsdiag.capture import packets
from wcsdiag.capture.reader import CaptureReader, NotACaptureError
from wcsdiag.capture.tls import TlsWatch, server_name
from wcsdiag.hooks.exchange import Exchange
from wcsdiag.hooks.traffic import Contact


def _some_traffic() -> Talk:
    talk = Talk().open(0.1)
    for i in range(4):
        content = body(count=i, sdp="v=0 " * 400)
        reply = chunked(content) if i % 2 else answer(content)
        talk.exchange(i + 0.2, request("call", content), reply, size=500)
    return talk.close(5)


PACKETS = _some_traffic().packets
PCAP, PCAPNG = pcap(PACKETS), pcapng(PACKETS, "ethernet")
ZIPPED = zlib.compress(PCAP, wbits=31)


@pytest.mark.parametrize("data", [PCAP, PCAPNG, ZIPPED])
@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_pieces_do_not_matter(data: bytes, piece: int) -> None:
    assert read_all(data, piece=piece) == read_all(data)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, len(PCAP) - 1), max_size=30))
def test_random_pieces_do_not_matter(places: list[int]) -> None:
    reader = CaptureReader()
    edges = [0, *sorted(set(places)), len(PCAP)]
    found: list[Exchange | Contact] = []
    for start, end in itertools.pairwise(edges):
        found += reader.feed(PCAP[start:end])
    found += reader.finish()
    assert found == exchanges_of(PCAP)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["ethernet", "sll", "sll2"]),
    st.integers(0, 1 << 30),
    st.sampled_from([60, 300, 262_144]),
)
def test_the_short_way_of_plain_packets_changes_nothing(link: str, seed: int, snap: int) -> None:
    chance = random.Random(seed)
    several = [p for p in PACKETS for _ in range(chance.choice([0, 1, 1, 1, 1, 1, 1, 2]))]
    several.sort(key=lambda packet: packet.at + chance.choice([0, 0, 0, 0.002]))
    data = pcap(several, link, snap=snap)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(packets, "_WHOLE_PLAIN", {})
        the_long_way = read_all(data)
    assert read_all(data) == the_long_way


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([PCAP, PCAPNG, ZIPPED]),
    st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=20),
    st.integers(0, 1 << 16),
)
def test_damage_never_crashes(data: bytes, changes: list[tuple[int, int]], length: int) -> None:
    damaged = bytearray(data)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    _read_or_refuse(bytes(damaged[: max(length % len(damaged), 100)]))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1 << 30), st.floats(0.001, 0.2))
def test_damage_of_packets_never_crashes(seed: int, part: float) -> None:
    chance = random.Random(seed)
    damaged = bytearray(PCAP)
    for _ in range(int(part * 300)):
        damaged[24 + chance.randrange(len(damaged) - 24)] = chance.randrange(256)
    _read_or_refuse(bytes(damaged))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    _read_or_refuse(data)
    _read_or_refuse(PCAP[:24] + data)
    _read_or_refuse(PCAPNG[:60] + data)


def _read_or_refuse(data: bytes) -> None:
    with contextlib.suppress(NotACaptureError):
        read_all(data)


HTTP_BYTES = st.lists(
    st.sampled_from(
        [
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 101 Switching\r\n\r\n",
            b"HTTP/1.0 999 \r\n",
            b"POST /EchoApp/connect HTTP/1.1\r\n",
            b"HEAD / HTTP/1.1\r\n\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Content-Encoding: gzip\r\n",
            b"Content-Length: 5\r\n",
            b"Content-Length: -5\r\n",
            b"\r\n",
            b"5\r\nhello\r\n",
            b"0\r\n\r\n",
            b"fffffffff\r\n",
            b"hello",
            b'{"appKey": "defaultApp"}',
            bytes(300),
        ]
    )
    | st.binary(max_size=20),
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(HTTP_BYTES, HTTP_BYTES), max_size=4))
def test_any_http_is_read(turns: list[tuple[list[bytes], list[bytes]]]) -> None:
    talk = Talk().open(0)
    for i, (asked, told) in enumerate(turns):
        talk.exchange(i + 0.1, b"".join(asked), b"".join(told))
    read_all(pcap(talk.close(9).packets), ports=frozenset({9091}))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_client_hello_is_read(data: bytes) -> None:
    server_name(b"\x01" + data)
    watch = TlsWatch(0, 1)
    watch.from_client(b"\x16\x03\x01\x00\x50\x01" + data)
    watch.from_server(data)


def test_reading_ten_times_more_holds_no_more() -> None:
    """Of what is read nothing is kept: neither bytes of the file nor exchanges."""
    reader = CaptureReader()
    count = 0
    for i in range(200):
        talk = Talk(client=("127.0.0.1", 1000 + i))
        talk.open(i).exchange(i + 0.1, request(), answer(body())).close(i + 0.5)
        data = pcap(talk.packets)
        count += len(list(reader.feed(data if not i else data[24:])))
        assert reader._budget.held == 0
        assert reader._file._have == 0
    assert count == 200
