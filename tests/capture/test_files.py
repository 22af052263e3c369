"""Files: pcap and pcapng of every kind, gzip, and what is damaged."""

from __future__ import annotations

import gzip
import struct

import pytest

from tests.capture.build import (
    BEGIN_S,
    block,
    interface,
    pcap,
    pcapng,
    section,
    wrapped,
)
from tests.capture.reading import exchanges_of, one_hook, read_all
from wcsdiag.capture.reader import NotACaptureError

TALK = one_hook(at=1.5)
LATENCY_S = 0.005001


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_pcap_of_both_byte_orders_and_resolutions(order: str, nano: bool) -> None:
    (exchange,) = exchanges_of(pcap(TALK.packets, order=order, nano=nano))
    assert exchange.method == "connect"
    assert exchange.sent_at is not None
    assert exchange.sent_at.timestamp() == pytest.approx(BEGIN_S + 1.51, abs=1e-6)
    assert exchange.first_byte_s == pytest.approx(0.005, abs=1e-6)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("resolution", [3, 6, 9, 0x80 | 20])
def test_pcapng_of_both_byte_orders_and_many_resolutions(order: str, resolution: int) -> None:
    (exchange,) = exchanges_of(pcapng(TALK.packets, order=order, resolution=resolution))
    assert exchange.sent_at is not None
    assert exchange.sent_at.timestamp() == pytest.approx(BEGIN_S + 1.51, abs=2e-3)


def test_a_second_section_of_the_other_byte_order_has_its_own_interfaces() -> None:
    later = one_hook(at=10)
    data = pcapng(TALK.packets, order="<") + pcapng(later.packets, "ethernet", order=">")
    exchanges, _, summary = read_all(data)
    assert len(exchanges) == 2
    assert summary.link_type == "Linux cooked v1, Ethernet"


def test_simple_and_obsolete_packet_blocks() -> None:
    parts = [section(), interface()]
    for i, packet in enumerate(TALK.packets):
        frame = wrapped("sll", packet.data)
        old = struct.pack("<HHIIII", 0, 0, 0, 1000 + i, len(frame), len(frame)) + frame
        simple = struct.pack("<I", len(frame)) + frame
        parts.append(block(3, simple) if i % 2 else block(2, old))
    exchanges, _, summary = read_all(b"".join(parts))
    assert [exchange.status for exchange in exchanges] == [200]
    assert "packets of the capture carry no time" in summary.notes


def test_without_times_nothing_is_said_of_them() -> None:
    frames = [wrapped("sll", packet.data) for packet in TALK.packets]
    data = b"".join(block(3, struct.pack("<I", len(frame)) + frame) for frame in frames)
    exchanges, _, summary = read_all(section() + interface() + data)
    assert (exchanges[0].sent_at, exchanges[0].seconds) == (None, None)
    assert (summary.began, summary.ended) == (None, None)


def test_gzip_of_several_members_is_read_in_any_pieces() -> None:
    data = pcap(TALK.packets)
    packed = gzip.compress(data[:100]) + gzip.compress(data[100:])
    assert len(read_all(packed, piece=7)[0]) == 1


def test_gzip_that_is_cut_off_shows_what_came_before() -> None:
    first = gzip.compress(pcap(TALK.packets))
    second = gzip.compress(bytes(range(256)) * 100)
    exchanges, _, summary = read_all(first + second[:40])
    assert len(exchanges) == 1
    assert any("gzip file is cut off" in note for note in summary.notes)


def test_damaged_gzip_shows_what_came_before() -> None:
    packed = bytearray(gzip.compress(pcap(TALK.packets)))
    packed[-5] ^= 0xFF
    exchanges, _, summary = read_all(bytes(packed))
    assert len(exchanges) == 1
    assert any("gzip file is damaged" in note for note in summary.notes)


def test_a_gzip_bomb_is_stopped() -> None:
    head = pcap([])
    bomb = gzip.compress(head + bytes(200 << 20), 9)
    summary = read_all(bomb)[2]
    assert any("grows without end" in note for note in summary.notes)


def test_a_cut_last_record_is_noted() -> None:
    exchanges, _, summary = read_all(pcap(TALK.packets)[:-5])
    assert len(exchanges) == 1
    assert "the capture is cut off: its last packet is not whole" in summary.notes


def test_records_behind_damage_are_read() -> None:
    good = pcap(TALK.packets)
    later = pcap(one_hook(at=10).packets)[24:]
    exchanges, _, summary = read_all(good + b"\xff" * 333 + later)
    assert len(exchanges) == 2
    assert any("damaged after frame" in note for note in summary.notes)


def test_blocks_behind_damage_are_read() -> None:
    good = pcapng(TALK.packets)
    later = pcapng(one_hook(at=10).packets)[len(section() + interface()) :]
    exchanges, _, summary = read_all(good + b"\xff" * 332 + later)
    assert len(exchanges) == 2
    assert any("damaged" in note for note in summary.notes)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\xd4\xc3\xb2", "d4 c3 b2"),
        (b"PK\x03\x04" + bytes(50), "50 4b 03 04"),
        (b"13:39:39,893 INFO RestClient - SEND REST OBJECT", "not a capture"),
        (gzip.compress(b"not a capture either, but packed", mtime=0), "not a capture"),
        (gzip.compress(b"", mtime=0), "empty"),
    ],
)
def test_what_is_no_capture_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(NotACaptureError, match=said) as caught:
        read_all(data)
    assert caught.value.hint


def test_a_capture_without_packets_is_a_capture() -> None:
    exchanges, contacts, summary = read_all(pcap([]))
    assert (exchanges, contacts, summary.packets, summary.notes) == ([], [], 0, ())


def test_a_link_type_that_is_not_read_is_named() -> None:
    data = bytearray(pcap(TALK.packets))
    data[20:24] = struct.pack("<I", 127)
    summary = read_all(bytes(data))[2]
    assert summary.link_type == "type 127"
    assert any("link type 127" in note for note in summary.notes)
