"""The three captures of the vendor's page, rebuilt (wcs.md 11)."""

from __future__ import annotations

import pytest

from tests.capture.build import BEGIN_S, Packet, pcap, wrapped
from tests.capture.page import PAGE, page_packets
from tests.capture.reading import exchanges_of, read_all
from wcsdiag.hooks.collector import Expected, TrafficCollector
from wcsdiag.hooks.exchange import Source
from wcsdiag.hooks.traffic import Fault, Flow, Traffic

EXPECTED = {"connection": "registration", "call": "call", "messages": "message"}
"""The sequence that each capture must hold whole."""


def judged(packets: list[Packet], *scenarios: str) -> Traffic:
    """The traffic of a capture, as every trace is judged."""
    exchanges, contacts, summary = read_all(pcap(packets))
    collector = TrafficCollector(Source.CAPTURE, "page.pcap", Expected(scenarios=scenarios))
    for exchange in exchanges:
        collector.add(exchange)
    for contact in contacts:
        collector.add_contact(contact)
    return collector.traffic(summary.began, summary.ended)


@pytest.mark.parametrize("scenario", PAGE)
def test_the_page_is_read_as_it_was_sent(scenario: str) -> None:
    exchanges = exchanges_of(pcap(page_packets(scenario)))
    assert [exchange.method for exchange in exchanges] == [hook.method for hook in PAGE[scenario]]
    for exchange, hook in zip(exchanges, PAGE[scenario], strict=True):
        assert exchange.sent_at is not None
        assert exchange.sent_at.timestamp() == pytest.approx(BEGIN_S + hook.at, abs=1e-6)
        assert exchange.request_bytes == hook.frame - 68
        assert exchange.first_byte_s == pytest.approx(0.005, abs=1e-6)
        assert exchange.answer_text == exchange.request_text
        assert exchange.url == f"http://localhost:9091/EchoApp/{hook.method}"


@pytest.mark.parametrize("scenario", PAGE)
def test_frames_are_as_long_as_on_the_page(scenario: str) -> None:
    sizes = [len(wrapped("sll", packet.data)) for packet in page_packets(scenario)]
    for hook in PAGE[scenario]:
        assert hook.frame in sizes


@pytest.mark.parametrize("scenario", PAGE)
def test_the_page_is_judged_complete(scenario: str) -> None:
    traffic = judged(page_packets(scenario), EXPECTED[scenario])
    assert traffic.flow is Flow.HEALTHY
    assert traffic.broken_count == 0
    assert traffic.broken_steps == ()


@pytest.mark.parametrize(
    ("scenario", "dropped"),
    [(name, place) for name, hooks in PAGE.items() for place in range(len(hooks))],
)
def test_a_hook_that_is_not_there_is_named(scenario: str, dropped: int) -> None:
    name = PAGE[scenario][dropped].method
    kept = [hook.method for i, hook in enumerate(PAGE[scenario]) if i != dropped]
    traffic = judged(page_packets(scenario, dropped), EXPECTED[scenario])
    missing = [
        fault.step.lower()
        for session in traffic.sessions
        for sequence in session.sequences
        for fault in sequence.faults
        if fault.fault is Fault.MISSING
    ]
    assert name.lower() in missing or name in kept
