"""Exchanges made by hand, and what is asked of judged traffic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from wcsdiag.hooks.collector import Expected, TrafficCollector
from wcsdiag.hooks.exchange import Exchange, JsonObject, Source
from wcsdiag.hooks.synthetic import body_of, ids_of, scenario_hooks
from wcsdiag.hooks.traffic import Fault, JudgedSequence, Traffic

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SESSION: JsonObject = {"appKey": "defaultApp", "sessionId": "s1"}


def moment(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def answered(method: str, at: float | None, body: JsonObject | None = None) -> Exchange:
    """A hook that the web server answers with what it got, as a capture shows it."""
    request = SESSION if body is None else body
    text = body_of(request).decode()
    return Exchange(
        Source.CAPTURE,
        method,
        f"http://192.0.2.7:9091/EchoApp/{method}",
        request,
        sent_at=None if at is None else moment(at),
        status=200,
        content_type="application/json;charset=UTF-8",
        answer_text=text,
        request_text=text,
        seconds=0.006,
    )


def scenario(name: str, run: str = "1", start: float = 0.0, step: float = 0.5) -> list[Exchange]:
    """The hooks of a scenario, half a second apart."""
    hooks = scenario_hooks(name, "defaultApp", ids_of(run))
    return [answered(method, start + n * step, body) for n, (method, body) in enumerate(hooks)]


def without_ids(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """The same hooks with bodies that say no more than app and session."""
    return [
        answered(e.method, (e.sent_at or NOON).timestamp() - NOON.timestamp()) for e in exchanges
    ]


def without_bodies(exchanges: Iterable[Exchange]) -> list[Exchange]:
    return [replace(e, request={}, request_text=None, answer_text=None) for e in exchanges]


def traffic_of(
    exchanges: Iterable[Exchange],
    expected: Expected | None = None,
    began: float | None = None,
    ended: float | None = None,
) -> Traffic:
    collector = TrafficCollector(Source.CAPTURE, "made.pcap", expected)
    for exchange in exchanges:
        collector.add(exchange)
    return collector.traffic(
        None if began is None else moment(began), None if ended is None else moment(ended)
    )


def sequences(traffic: Traffic) -> list[JudgedSequence]:
    return [sequence for session in traffic.sessions for sequence in session.sequences]


def only(traffic: Traffic) -> JudgedSequence:
    (sequence,) = sequences(traffic)
    return sequence


def faults(sequence: JudgedSequence) -> list[tuple[Fault, str, bool]]:
    return [(fault.fault, fault.step, fault.is_certain) for fault in sequence.faults]


def all_faults(traffic: Traffic) -> list[tuple[Fault, str, bool]]:
    return [fault for sequence in sequences(traffic) for fault in faults(sequence)]


def dropped(exchanges: Sequence[Exchange], number: int) -> list[Exchange]:
    return [exchange for n, exchange in enumerate(exchanges) if n != number]
