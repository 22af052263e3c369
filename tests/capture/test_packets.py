"""Link layers, IP and TCP: every way in which a hook can be packed."""

from __future__ import annotations

import random
import struct
from dataclasses import replace

import pytest

from tests.capture.build import (
    ACK,
    LINK_TYPES,
    RST,
    SYN,
    Packet,
    Talk,
    answer,
    body,
    cut,
    ip,
    pcap,
    request,
    tcp,
)
from tests.capture.reading import exchanges_in, exchanges_of, one_hook, only, read_all
from wcsdiag.capture.reader import CaptureReader
from wcsdiag.hooks.exchange import Failure

LONG = body(sdp="v=0 " * 3000)


def large_talk(**changes: int) -> Talk:
    """A hook and its answer of nine segments each."""
    talk = replace(Talk(), **changes)  # type: ignore[arg-type]
    return talk.open(0).exchange(0.01, request("call", LONG), answer(LONG)).close(1)


@pytest.mark.parametrize("link", LINK_TYPES)
@pytest.mark.parametrize("addresses", [("10.0.0.1", "10.0.0.2"), ("fd00::1", "fd00::2")])
def test_every_link_type_carries_both_versions_of_ip(link: str, addresses: tuple[str, str]) -> None:
    talk = Talk(client=(addresses[0], 33642), server=(addresses[1], 9091))
    talk.open(0).exchange(0.01, request(), answer(body()))
    exchange = only(talk.packets, link)
    assert (exchange.method, exchange.status) == ("connect", 200)
    assert exchange.connection.endswith(":9091")


@pytest.mark.parametrize("tags", [(5,), (5, 6), (1, 2, 3)])
def test_vlan_tags_are_passed(tags: tuple[int, ...]) -> None:
    assert len(exchanges_of(pcap(one_hook().packets, "ethernet", tags=tags))) == 1


def test_an_ipv6_address_is_written_with_brackets() -> None:
    talk = Talk(client=("fd00::1", 33642), server=("fd00::2", 9091))
    talk.open(0).exchange(0.01, request(), answer(body()))
    assert only(talk.packets).connection == "[fd00::1]:33642 - [fd00::2]:9091"


def test_ipv4_options_and_ipv6_extension_headers_are_passed() -> None:
    packets = []
    for packet in one_hook().packets:
        old = packet.data
        head = bytes([0x46]) + old[1:2] + struct.pack("!H", len(old) + 4) + old[4:20]
        packets.append(replace(packet, data=head + b"\x01" * 4 + old[20:]))
    assert only(packets).status == 200
    six = Talk(client=("fd00::1", 1), server=("fd00::2", 9091))
    six.open(0).exchange(0.01, request(), answer(body()))
    extended = []
    for packet in six.packets:
        old = packet.data
        length = struct.pack("!HB", len(old) - 40 + 16, 0)
        extension = b"\x3c\x00" + bytes(6) + b"\x06\x00" + bytes(6)
        data = old[:4] + length + old[7:40] + extension + old[40:]
        extended.append(replace(packet, data=data))
    assert only(extended).status == 200


def fragments(packet: Packet, size: int, name: int) -> list[Packet]:
    """An IPv4 packet in fragments, a multiple of 8 bytes each."""
    head, payload = packet.data[:20], packet.data[20:]
    found = []
    for at in range(0, len(payload), size):
        part = payload[at : at + size]
        more = 0x2000 if at + size < len(payload) else 0
        begin = head[:2] + struct.pack("!HHH", 20 + len(part), name, more | at // 8) + head[8:]
        found.append(replace(packet, data=begin + part))
    return found


def test_fragments_are_put_together_in_any_order() -> None:
    parts = []
    for name, packet in enumerate(large_talk().packets):
        pieces = fragments(packet, 480, name)
        random.Random(name).shuffle(pieces)
        parts += pieces
    exchange = only(parts)
    assert exchange.answer_text == LONG.decode()


def test_missing_fragments_are_counted() -> None:
    packets = one_hook().packets
    lost = [fragments(packets[3], 80, n)[0] for n in range(300)]
    summary = read_all(pcap(packets + lost))[2]
    assert any("fragments are missing" in note for note in summary.notes)


def test_segments_out_of_order_repeated_and_overlapping_change_nothing() -> None:
    whole = only(large_talk().packets)
    assert whole.answer_text == LONG.decode()
    for seed in range(30):
        assert _without_places(only(mixed(large_talk(), seed))) == _without_places(whole)


def mixed(talk: Talk, seed: int) -> list[Packet]:
    """The packets of a talk in another order within windows of four, some twice or overlapping."""
    chance = random.Random(seed)
    middle = list(talk.packets[3:-3])
    for i in range(0, len(middle), 4):
        window = middle[i : i + 4]
        chance.shuffle(window)
        middle[i : i + 4] = window
    middle += [packet for packet in middle if chance.random() < 0.2]
    middle += [cut_and_told(packet, 40) for packet in middle if chance.random() < 0.2]
    return talk.packets[:3] + middle + talk.packets[-3:]


def cut_and_told(packet: Packet, size: int) -> Packet:
    """A retransmission of the first bytes of a segment."""
    data = packet.data[: 52 + size]
    return replace(packet, data=data[:2] + struct.pack("!H", len(data)) + data[4:])


def _without_places(exchange: object) -> object:
    return replace(exchange, place="", seconds=None, sent_at=None, first_byte_s=None)  # type: ignore[type-var]


def test_sequence_numbers_wrap() -> None:
    talk = large_talk(client_seq=2**32 - 4000, server_seq=2**32 - 4000)
    assert only(talk.packets).answer_text == LONG.decode()


def test_a_lost_segment_leaves_the_exchange_and_says_that_text_is_cut() -> None:
    packets = large_talk().packets
    del packets[15]
    exchange = only(packets)
    assert exchange.status == 200
    assert exchange.answer_truncated
    assert exchange.request == only(large_talk().packets).request


def test_after_a_loss_the_next_exchange_is_found() -> None:
    talk = Talk().open(0)
    for i in range(3):
        content = body(count=i)
        talk.exchange(i + 0.01, request("call", content), answer(content))
    head_of_second_answer = 3 + 4 + 2
    del talk.packets[head_of_second_answer]
    exchanges = exchanges_in(talk.packets)
    assert [exchange.request["count"] for exchange in exchanges] == [0, 1, 2]
    assert [exchange.status for exchange in exchanges] == [200, None, 200]
    assert exchanges[1].failure is Failure.NOT_SEEN
    assert "packets are missing" in (exchanges[1].error or "")


def test_a_lost_request_never_gets_its_answer_given_to_another() -> None:
    talk = Talk().open(0)
    for i in range(3):
        talk.exchange(i + 0.01, request("call", body(count=i)), answer(body(count=i)))
    del talk.packets[3 + 4]
    exchanges, _, summary = read_all(pcap(talk.packets))
    assert [(e.request["count"], e.answer_text) for e in exchanges] == [
        (i, body(count=i).decode()) for i in (0, 2)
    ]
    assert "1 answers belong to requests that are not in the capture" in summary.notes


def test_where_a_request_and_an_answer_are_lost_no_answer_is_given_away() -> None:
    talk = Talk().open(0)
    for i in range(3):
        talk.exchange(i + 0.01, request("call", body(count=i)), answer(body(count=i)), size=200)
    lost = {4, 5, *range(6, 12)}
    packets = [packet for i, packet in enumerate(talk.packets) if i not in lost]
    exchanges = exchanges_in(packets)
    for exchange in exchanges:
        if exchange.request and exchange.answer_text and not exchange.answer_truncated:
            assert exchange.answer_text == exchange.request_text
    assert exchanges[-1].status == 200


def test_any_loss_gives_no_answer_to_another_request() -> None:
    for seed in range(500):
        chance = random.Random(seed)
        talk = Talk().open(0)
        for i in range(6):
            content = body(count=i, sdp="v" * chance.choice((0, 300, 2_000)))
            talk.exchange(i + 0.01, request("call", content), answer(content), size=400)
        packets = [packet for packet in talk.packets if chance.random() > 0.15]
        for exchange in exchanges_in(packets):
            number = exchange.request.get("count")
            if number is not None and exchange.answer_text and not exchange.answer_truncated:
                assert f'"count": {number},' in exchange.answer_text, seed


def test_a_capture_that_starts_within_a_connection() -> None:
    talk = Talk().open(0).exchange(0.01, request("call", LONG), answer(LONG))
    talk.exchange(2, request("hangup"), answer(body()))
    exchanges = exchanges_in(talk.packets[8:])
    assert [exchange.method for exchange in exchanges] == ["hangup"]


def test_a_capture_that_starts_with_an_answer_knows_who_is_the_server() -> None:
    talk = Talk(client=("10.0.0.1", 80), server=("10.0.0.2", 40000))
    talk.open(0).exchange(0, request(), answer(body()))
    talk.exchange(1, request("call"), answer(body()))
    assert [exchange.method for exchange in exchanges_in(talk.packets[5:])] == ["call"]


def test_snap_length_leaves_a_hole_and_not_an_end() -> None:
    talk = Talk().open(0)
    talk.exchange(0.01, request("call", LONG), answer(LONG), size=65_000)
    talk.exchange(0.5, request("hangup"), answer(body()), size=65_000)
    exchanges = exchanges_of(pcap(talk.packets, snap=4096))
    assert [(e.method, e.status) for e in exchanges] == [("call", 200), ("hangup", 200)]
    assert exchanges[0].request_truncated
    assert exchanges[0].answer_truncated
    assert exchanges[0].request_bytes == len(request("call", LONG))
    assert exchanges[0].app_key == "defaultApp"
    assert not exchanges[1].request_truncated


def test_a_packet_cut_in_its_headers_is_passed_over() -> None:
    packets = one_hook().packets
    short = [cut(packets[3], size) for size in range(1, 60)]
    assert len(exchanges_in(short + packets)) == 1


def test_ports_are_used_again_by_another_connection() -> None:
    first, second = one_hook(), Talk(client_seq=77_000, server_seq=99_000)
    second.open(5).exchange(5.01, request("call"), answer(body()))
    assert [e.method for e in exchanges_in(first.packets + second.packets)] == ["connect", "call"]


def test_a_copy_behind_a_nat_is_one_exchange() -> None:
    inside, outside = one_hook(), Talk(client=("10.9.9.9", 33642))
    outside.open(0).exchange(0.01, request(), answer(body()))
    mixed_packets = sorted(inside.packets + outside.packets, key=lambda packet: packet.at)
    exchanges, _, summary = read_all(pcap(mixed_packets))
    assert len(exchanges) == 1
    assert any("a second time" in note for note in summary.notes)


def test_other_ports_are_passed_over() -> None:
    data = pcap(one_hook().packets)
    assert exchanges_of(data, ports=frozenset({8081})) == []
    assert len(exchanges_of(data, ports=frozenset({9091}))) == 1


def test_many_syns_keep_memory_bounded() -> None:
    reader = CaptureReader()
    for i in range(20):
        packets = (
            Packet(
                i + n / 1e5,
                ip(f"10.{i}.{n >> 8 & 255}.{n & 255}", "10.200.0.1", 6, tcp((n, 9091), n, 0, SYN)),
            )
            for n in range(10_000)
        )
        data = pcap(packets)
        list(reader.feed(data if i == 0 else data[24:]))
    assert len(reader._attempts._open) <= 16_384
    assert len(reader._tcp.young) + len(reader._tcp._old) == 0
    contacts = list(reader.finish())
    assert len(contacts) <= 1
    assert any(
        "were not followed: wcsdiag follows 16384 at once" in n for n in reader.summary.notes
    )


def test_many_connections_keep_memory_bounded() -> None:
    reader = CaptureReader()
    head = request("call", body(sdp="x" * 50_000))[:9_000]
    for i in range(30_000):
        talk = Talk(client=(f"10.0.{i >> 8}.{i & 255}", 1000))
        talk.to_server(i / 1000, head, ACK)
        data = pcap(talk.packets)
        list(reader.feed(data if i == 0 else data[24:]))
        assert reader._budget.held <= 33 << 20
    assert len(reader._tcp.young) + len(reader._tcp._old) <= 40_000


def test_a_reset_of_an_unknown_connection_is_nothing() -> None:
    talk = Talk()
    talk.to_client(0, flags=RST)
    assert read_all(pcap(talk.packets))[:2] == ([], [])
