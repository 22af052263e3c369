"""Hooks without an answer, and attempts that no hook is seen of."""

from __future__ import annotations

import struct

import pytest

from tests.capture.build import (
    ACK,
    FIN,
    RST,
    SYN,
    Packet,
    Talk,
    answer,
    body,
    ip,
    pcap,
    request,
    tcp,
    udp,
)
from tests.capture.reading import contacts_in, exchanges_in, one_hook, only, read_all
from wcsdiag.capture.reader import CaptureReader
from wcsdiag.hooks.exchange import Failure
from wcsdiag.hooks.traffic import Contact

LATER = one_hook(at=60).packets
CLIENT, SERVER = "10.0.0.1", "10.0.0.2"


def asked(at: float = 0.0) -> Talk:
    """A connection with a hook that has no answer yet."""
    talk = Talk().open(at)
    talk.to_server(at + 0.1, request("call"))
    return talk


def test_reset_instead_of_an_answer() -> None:
    talk = asked()
    talk.to_client(0.6, flags=RST | ACK)
    exchange = only(talk.packets)
    assert exchange.failure is Failure.RESET
    assert exchange.error == (
        "the web server reset the connection 0.500 s after the request, without answer"
    )
    assert not exchange.closed_in_use


def test_closed_in_the_middle_of_the_answer() -> None:
    talk = asked()
    talk.to_client(0.2, answer(body())[:120])
    talk.to_client(0.3, flags=FIN | ACK)
    exchange = only(talk.packets)
    assert (exchange.failure, exchange.status) == (Failure.CLOSED_EARLY, 200)
    assert exchange.answer_truncated
    assert "with 120 bytes of the answer sent" in (exchange.error or "")


@pytest.mark.parametrize("flags", [FIN | ACK, RST])
def test_closed_in_use_after_an_answer_that_promised_to_stay(flags: int) -> None:
    talk = Talk().open(0).exchange(0.1, request(), answer(body()))
    talk.to_server(1, request("call"))
    talk.to_client(1.1, flags=flags)
    first, second = exchanges_in(talk.packets)
    assert not first.closed_in_use
    assert second.closed_in_use


def test_sent_into_a_connection_that_the_server_had_closed() -> None:
    talk = Talk().open(0).exchange(0.1, request(), answer(body()))
    talk.to_client(0.9, flags=FIN | ACK)
    talk.to_server(1, request("call"))
    talk.to_client(1.1, flags=RST)
    exchange = exchanges_in(talk.packets)[1]
    assert exchange.failure is Failure.RESET
    assert exchange.closed_in_use


def test_a_server_that_announced_the_end_broke_no_promise() -> None:
    talk = Talk().open(0)
    talk.exchange(0.1, request(), answer(body(), head="Connection: close\r\n"))
    talk.to_server(1, request("call"))
    talk.to_client(1.1, flags=RST)
    assert not exchanges_in(talk.packets)[1].closed_in_use


@pytest.mark.parametrize("flags", [FIN | ACK, RST])
def test_the_client_gave_up_waiting(flags: int) -> None:
    talk = asked()
    talk.to_server(15.1, flags=flags)
    exchange = only(talk.packets)
    assert exchange.failure is Failure.TIMED_OUT
    assert "the client closed the connection 15.000 s after the request" in (exchange.error or "")


def test_no_answer_while_the_capture_goes_on() -> None:
    exchange = exchanges_in([*asked().packets, Packet(40, b"E")])[0]
    assert exchange.failure is Failure.TIMED_OUT
    assert exchange.error == "no answer in 39.900 s, when the capture ends"


def test_a_capture_that_ends_soon_says_nothing_of_the_answer() -> None:
    exchange = exchanges_in([*asked().packets, Packet(2, b"E")])[0]
    assert exchange.failure is Failure.NOT_SEEN
    assert exchange.error == "the capture ends 1.900 s after the request"


def syns(*moments: float, port: int = 9091) -> list[Packet]:
    """The same SYN at these moments."""
    data = ip(CLIENT, SERVER, 6, tcp((40_000, port), 7, 0, SYN))
    return [Packet(at, data) for at in moments]


def test_a_syn_that_nothing_answers() -> None:
    (contact,) = contacts_in(syns(0, 1, 3) + LATER)
    assert (contact.peer, contact.failure) == ("10.0.0.2:9091", Failure.CONNECT_TIMED_OUT)
    assert contact.detail == "nothing answered the SYN, nor its repetitions"
    assert contact.place == "frame 1"


def test_a_syn_at_the_very_end_is_not_judged() -> None:
    _, contacts, summary = read_all(pcap(syns(0)))
    assert contacts == []
    assert any("cannot be judged" in note for note in summary.notes)


def test_a_refused_connection() -> None:
    back = ip(SERVER, CLIENT, 6, tcp((9091, 40_000), 0, 8, RST | ACK))
    attempts = [*syns(0), Packet(0.001, back), *syns(5), Packet(5.001, back)]
    (contact,) = contacts_in(attempts)
    assert (contact.failure, contact.count) == (Failure.REFUSED, 2)


@pytest.mark.parametrize(
    ("code", "said"), [(1, "host unreachable"), (10, "host administratively prohibited")]
)
def test_an_icmp_message_that_quotes_the_syn(code: int, said: str) -> None:
    (syn,) = syns(0)
    message = struct.pack("!BBHI", 3, code, 0, 0) + syn.data[:28]
    (contact,) = contacts_in([syn, Packet(0.1, ip("10.0.0.9", CLIENT, 1, message))])
    assert contact.failure is Failure.UNREACHABLE
    assert said in contact.detail


def test_an_icmp_message_of_ipv6() -> None:
    syn = Packet(0, ip("fd00::1", "fd00::2", 6, tcp((40_000, 9091), 7, 0, SYN)))
    message = struct.pack("!BBHI", 1, 4, 0, 0) + syn.data
    (contact,) = contacts_in([syn, Packet(0.1, ip("fd00::9", "fd00::1", 58, message))])
    assert (contact.peer, contact.failure) == ("[fd00::2]:9091", Failure.UNREACHABLE)


def test_attempts_on_ports_that_hooks_do_not_use_are_none_of_our_business() -> None:
    assert contacts_in([*syns(0, port=25), Packet(60, b"E")]) == []
    assert contacts_in(syns(0, port=443) + LATER) == []
    assert contacts_in(syns(0, port=443) + LATER, ports=frozenset({443}))


def query(name: str, number: int = 1, *, answer_code: int | None = None, answers: int = 0) -> bytes:
    """A DNS question for A, or the answer to it."""
    flags = 0x0100 if answer_code is None else 0x8180 | answer_code
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack("!HHHHHH", number, flags, 1, answers, 0, 0) + labels + b"\0\0\1\0\1"


def asking(at: float, data: bytes) -> Packet:
    return Packet(at, ip(CLIENT, "10.0.0.53", 17, udp((5353, 53), data)))


def telling(at: float, data: bytes) -> Packet:
    return Packet(at, ip("10.0.0.53", CLIENT, 17, udp((53, 5353), data)))


@pytest.mark.parametrize(("code", "said"), [(3, "NXDOMAIN"), (2, "SERVFAIL")])
def test_a_name_that_does_not_resolve(code: int, said: str) -> None:
    packets = [asking(0, query("api.example.net"))]
    packets.append(telling(0.1, query("api.example.net", answer_code=code)))
    (contact,) = contacts_in(packets)
    assert (contact.peer, contact.failure) == ("api.example.net", Failure.NAME_NOT_FOUND)
    assert said in contact.detail


def test_a_name_that_no_server_tells() -> None:
    packets = [asking(0, query("api.example.net")), asking(5, query("api.example.net"))]
    (contact,) = contacts_in([*packets, Packet(20, b"\x45")])
    assert contact.detail == "no DNS server answered"


def test_tries_of_a_search_list_are_no_failures() -> None:
    packets = [
        telling(0, query("web.corp", answer_code=3)),
        telling(1, query("web", answer_code=0, answers=1)),
        telling(2, query("api", answer_code=3)),
        telling(3, query("api.example.net", answer_code=0, answers=1)),
    ]
    assert contacts_in(packets) == []


def test_where_hooks_flow_another_name_is_a_note() -> None:
    packets = [telling(0, query("updates.example.net", answer_code=3)), *LATER]
    _, contacts, summary = read_all(pcap(packets))
    assert contacts == []
    assert any("updates.example.net" in note for note in summary.notes)


def test_where_the_names_of_rest_urls_are_known_others_do_not_count() -> None:
    data = pcap([telling(0, query(name, answer_code=3)) for name in ("a.example", "b.example")])
    reader = CaptureReader(names=frozenset({"B.example"}))
    found = [*reader.feed(data), *reader.finish()]
    assert [contact.peer for contact in found if isinstance(contact, Contact)] == ["b.example"]


def hello(name: str) -> bytes:
    """A ClientHello with a server name."""
    host = name.encode()
    names = struct.pack("!HBH", len(host) + 3, 0, len(host)) + host
    extensions = struct.pack("!HH", 0, len(names)) + names
    inner = b"\x03\x03" + bytes(32) + b"\0" + b"\0\2\x13\x01" + b"\1\0"
    inner += struct.pack("!H", len(extensions)) + extensions
    handshake = b"\x01" + len(inner).to_bytes(3) + inner
    return b"\x16\x03\x01" + struct.pack("!H", len(handshake)) + handshake


def tls_talk() -> Talk:
    talk = Talk(server=("10.0.0.2", 443)).open(0)
    talk.to_server(0.1, hello("api.example.net"))
    return talk


def test_tls_shows_its_name_and_no_more() -> None:
    talk = tls_talk()
    talk.to_client(0.2, b"\x16\x03\x03\x00\x04\x02\x00\x00\x00")
    talk.to_client(0.3, b"\x17\x03\x03\x00\x02ab")
    (contact,) = contacts_in(talk.packets)
    assert (contact.peer, contact.failure) == ("10.0.0.2:443", None)
    assert contact.detail == "TLS for api.example.net: encrypted, so hooks cannot be read"


@pytest.mark.parametrize("from_server", [True, False])
def test_a_tls_alert_says_what_failed(from_server: bool) -> None:
    talk = tls_talk()
    talk.to_client(0.2, b"\x16\x03\x03\x00\x04\x02\x00\x00\x00")
    (talk.to_client if from_server else talk.to_server)(0.3, b"\x15\x03\x03\x00\x02\x02\x30")
    (contact,) = contacts_in(talk.packets)
    assert contact.failure is Failure.TLS
    assert "sent the alert unknown_ca (48)" in contact.detail


def test_tls_that_is_answered_with_something_else() -> None:
    talk = tls_talk()
    talk.to_client(0.2, b"HTTP/1.1 400 Bad Request\r\n\r\n")
    (contact,) = contacts_in(talk.packets)
    assert contact.failure is Failure.TLS
    assert "is not TLS" in contact.detail


def test_tls_that_is_closed_at_once() -> None:
    talk = tls_talk()
    talk.to_client(0.2, flags=RST)
    (contact,) = contacts_in(talk.packets)
    assert contact.failure is Failure.TLS


def test_something_else_on_a_port_that_was_asked_for_is_told() -> None:
    talk = Talk().open(0)
    talk.to_server(0.1, b"\x00\x01\x02binary protocol")
    (contact,) = contacts_in(talk.packets, ports=frozenset({9091}))
    assert (contact.failure, contact.detail) == (None, "a connection that carries no HTTP")
    assert contacts_in(talk.packets) == []
