"""Reads captures in tests."""

from __future__ import annotations

from collections.abc import Iterable

from tests.capture.build import Packet, Talk, answer, body, pcap, request
from wcsdiag.capture.reader import CaptureReader, CaptureSummary
from wcsdiag.hooks.exchange import Exchange
from wcsdiag.hooks.traffic import Contact


def read_all(
    data: bytes, *, ports: frozenset[int] | None = None, piece: int = 1 << 20
) -> tuple[list[Exchange], list[Contact], CaptureSummary]:
    """Everything in a capture, handed over in pieces of that size."""
    reader = CaptureReader(ports=ports)
    found: list[Exchange | Contact] = []
    for at in range(0, len(data), piece):
        found += reader.feed(data[at : at + piece])
    found += reader.finish()
    exchanges = [item for item in found if isinstance(item, Exchange)]
    return exchanges, [item for item in found if isinstance(item, Contact)], reader.summary


def exchanges_of(data: bytes, *, ports: frozenset[int] | None = None) -> list[Exchange]:
    """The exchanges of a capture."""
    return read_all(data, ports=ports)[0]


def exchanges_in(packets: Iterable[Packet], link: str = "sll") -> list[Exchange]:
    """The exchanges of packets."""
    return exchanges_of(pcap(packets, link))


def only(packets: Iterable[Packet], link: str = "sll") -> Exchange:
    """The one exchange of packets."""
    (exchange,) = exchanges_in(packets, link)
    return exchange


def contacts_in(packets: Iterable[Packet], *, ports: frozenset[int] | None = None) -> list[Contact]:
    """The contacts of packets, of which the last closes a capture that goes on for long."""
    return read_all(pcap(packets), ports=ports)[1]


def one_hook(at: float = 0.0) -> Talk:
    """A connection with one hook, `connect`, that is answered well."""
    return Talk().open(at).exchange(at + 0.01, request(), answer(body())).close(at + 1)
