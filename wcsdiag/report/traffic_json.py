"""Hook traffic as one JSON document, as `traffic_schema` publishes it."""

from __future__ import annotations

import json
import math
from datetime import datetime

from wcsdiag.hooks.exchange import Exchange
from wcsdiag.hooks.masking import masked_text
from wcsdiag.hooks.traffic import (
    BrokenStep,
    Contact,
    JudgedSequence,
    JudgedSession,
    MethodNumbers,
    SequenceFault,
    Traffic,
)
from wcsdiag.report.json_format import Json
from wcsdiag.report.traffic_bodies import masked_body, parsed_body
from wcsdiag.report.traffic_schema import SCHEMA_VERSION, traffic_schema_text

_LONGEST = 65_536
_MOST_STEPS = 100


class TrafficJsonRenderer:
    """Everything that the traffic holds. ASCII alone, so no stream can fail to carry it."""

    @property
    def spoken(self) -> str:
        """The keys and the closed sets of values."""
        return traffic_schema_text()

    def render(self, traffic: Traffic) -> str:
        """One document."""
        return json.dumps(document(traffic), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def document(traffic: Traffic) -> dict[str, Json]:
    """The traffic as the schema describes it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "source": traffic.source.value,
        "place": _text(traffic.place),
        "flow": traffic.flow.value,
        "began": _moment(traffic.began),
        "ended": _moment(traffic.ended),
        "zone": traffic.zone,
        "limit_s": _seconds(traffic.limit_s),
        "count": traffic.count,
        "failed": traffic.failed,
        "refused": traffic.refused,
        "omitted": traffic.omitted,
        "session_count": traffic.session_count,
        "broken_count": traffic.broken_count,
        "broken_steps": [_broken_step(step) for step in traffic.broken_steps],
        "contacts": [_contact(contact) for contact in traffic.contacts],
        "violations": [
            {"text": _text(each.text), "count": each.count, "unusable": each.are_unusable}
            for each in traffic.violations
        ],
        "numbers": [_numbers(numbers) for numbers in traffic.numbers],
        "sessions": [_session(session) for session in traffic.sessions],
        "exchanges": [exchange_document(exchange) for exchange in traffic.exchanges],
        "notes": [_text(note) for note in traffic.notes],
    }


def exchange_document(exchange: Exchange) -> dict[str, Json]:
    """One exchange with its bodies, their secrets masked."""
    return {**_step(exchange), **_bodies(exchange)}


def _step(exchange: Exchange) -> dict[str, Json]:
    """An exchange without its bodies."""
    return {
        "method": exchange.method,
        "url": _text(exchange.url),
        "source": exchange.source.value,
        "place": _text(exchange.place),
        "connection": exchange.connection,
        "app_key": exchange.app_key,
        "session_id": exchange.session_id,
        "sent_at": _moment(exchange.sent_at),
        "outcome": exchange.outcome.value,
        "status": exchange.status,
        "failure": exchange.failure.name.lower() if exchange.failure else None,
        "error": _text(exchange.error) if exchange.error is not None else None,
        "first_byte_s": _seconds(exchange.first_byte_s),
        "seconds": _seconds(exchange.seconds),
        "request_bytes": exchange.request_bytes,
        "answer_bytes": exchange.answer_bytes,
        "closed_in_use": exchange.closed_in_use,
    }


def _bodies(exchange: Exchange) -> dict[str, Json]:
    """Objects as objects; a body that is none as text."""
    unread = exchange.request_text if not exchange.request else None
    answer = parsed_body(exchange.answer_text)
    return {
        "request": masked_body(exchange.request) if exchange.request else None,
        "request_text": _text(unread) if unread is not None else None,
        "request_truncated": exchange.request_truncated,
        "content_type": exchange.content_type,
        "answer": masked_body(answer) if answer is not None else None,
        "answer_text": (
            _text(exchange.answer_text) if answer is None and exchange.answer_text else None
        ),
        "answer_truncated": exchange.answer_truncated,
    }


def _session(session: JudgedSession) -> dict[str, Json]:
    return {
        "app_key": session.app_key,
        "session_id": session.session_id,
        "state": session.state.value,
        "sequences": [_sequence(sequence) for sequence in session.sequences],
    }


def _sequence(sequence: JudgedSequence) -> dict[str, Json]:
    return {
        "name": sequence.name,
        "subject": sequence.subject,
        "state": sequence.state.value,
        "steps": [_step(exchange) for exchange in sequence.steps[:_MOST_STEPS]],
        "omitted_steps": max(len(sequence.steps) - _MOST_STEPS, 0),
        "faults": [_fault(fault) for fault in sequence.faults],
    }


def _fault(fault: SequenceFault) -> dict[str, Json]:
    return {
        "fault": fault.fault.name.lower(),
        "step": fault.step,
        "detail": _text(fault.detail),
        "is_certain": fault.is_certain,
        "position": fault.position,
        "exchange": _step(fault.exchange) if fault.exchange else None,
    }


def _broken_step(step: BrokenStep) -> dict[str, Json]:
    return {
        "sequence": step.sequence,
        "step": step.step,
        "fault": step.fault.name.lower(),
        "count": step.count,
        "session_id": step.session_id,
        "example": _fault(step.example),
    }


def _contact(contact: Contact) -> dict[str, Json]:
    return {
        "peer": contact.peer,
        "failure": contact.failure.name.lower() if contact.failure else None,
        "detail": _text(contact.detail),
        "at": _moment(contact.at),
        "place": _text(contact.place),
        "count": contact.count,
    }


def _numbers(numbers: MethodNumbers) -> dict[str, Json]:
    return {
        "app_key": numbers.app_key,
        "method": numbers.method,
        "count": numbers.count,
        "failed": numbers.failed,
        "refused": numbers.refused,
        "unknown": numbers.unknown,
        "sent_again": numbers.sent_again,
        "p50_s": _seconds(numbers.p50_s),
        "p95_s": _seconds(numbers.p95_s),
        "p99_s": _seconds(numbers.p99_s),
        "max_s": _seconds(numbers.max_s),
        "last_seen": _moment(numbers.last_seen),
        "failures": [{"reason": reason, "count": count} for reason, count in numbers.failures],
    }


def _text(text: str) -> str:
    """A text from outside, bounded, without what looks like a secret."""
    return masked_text(text, _LONGEST)


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _seconds(seconds: float | None) -> float | None:
    return round(seconds, 6) if seconds is not None and math.isfinite(seconds) else None
