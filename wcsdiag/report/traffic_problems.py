"""What is wrong in hook traffic, the same list for every format that a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wcsdiag.hooks.contract import Flaw
from wcsdiag.hooks.exchange import Exchange, Outcome
from wcsdiag.hooks.traffic import BadAnswers, BrokenStep, Contact, Traffic
from wcsdiag.report.traffic_bodies import body_text
from wcsdiag.report.traffic_words import (
    Clock,
    broken_step,
    clipped,
    counted,
    outside,
    why_failed,
)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, what it means, and lines that show it.

    Not `is_certain`: the trace allows another reading. `is_remark`: the verdict does not rest on
    it.
    """

    summary: str
    detail: str = ""
    lines: tuple[str, ...] = ()
    is_certain: bool = True
    is_remark: bool = False


_Alike = tuple[str, str, str]

_TOLD_AS_FAILED = (Flaw.NO_ANSWER.value, Flaw.STATUS.value, Flaw.REFUSED.value)


def problems_of(traffic: Traffic) -> list[Problem]:
    """Attempts that failed, broken steps, failed hooks (alike ones told once), bad answers."""
    clock = Clock(traffic)
    groups = _failed_alike(traffic)
    found = [_of_contact(contact, clock) for contact in traffic.contacts if contact.failure]
    steps = sorted(traffic.broken_steps, key=lambda step: not step.example.is_certain)
    found += [_of_step(step, groups, traffic, clock) for step in steps]
    found += [_of_failed(group, clock) for group in groups.values()]
    found += _unlisted(traffic)
    found += [
        _of_answers(answers)
        for answers in traffic.violations
        if not answers.text.startswith(_TOLD_AS_FAILED)
    ]
    return found


def seen_without_hooks(traffic: Traffic) -> list[str]:
    """Connections that did not fail and show no hook, as within TLS."""
    clock = Clock(traffic)
    return [
        f"{outside(contact.peer)}: {outside(contact.detail)} ({_times(contact, clock)})"
        for contact in traffic.contacts
        if contact.failure is None
    ]


def _of_answers(answers: BadAnswers) -> Problem:
    number, text = counted(answers.count, "answer"), outside(answers.text)
    if answers.are_unusable:
        return Problem(f"{number} that WCS cannot work with: {text}")
    return Problem(f"{number} against the contract: {text}", is_remark=True)


def _of_contact(contact: Contact, clock: Clock) -> Problem:
    said = contact.failure.value if contact.failure else ""
    times = _times(contact, clock)
    place = f"seen in {outside(contact.place)}" if contact.place else ""
    summary = f"{outside(contact.peer)}: {said}, {times}"
    return Problem(summary, outside(contact.detail), (place,) if place else ())


def _times(contact: Contact, clock: Clock) -> str:
    at = clock.moment(contact.at)
    if contact.count == 1:
        return f"at {at}" if at else "once"
    return f"{counted(contact.count, 'time')}{f' since {at}' if at else ''}"


def _of_step(
    step: BrokenStep, groups: dict[_Alike, list[Exchange]], traffic: Traffic, clock: Clock
) -> Problem:
    lines = []
    if step.session_id:
        lines.append(f"session {outside(step.session_id, 200)}")
    seen = step.example.exchange
    if seen is not None:
        failed = seen.outcome is Outcome.FAILED
        alike = groups.pop(_alike(seen), [seen]) if failed else [seen]
        lines += [*_lines_of(alike, clock), *([why_failed(seen)] if failed else [])]
    summary = broken_step(step, traffic.session_count)
    return Problem(summary, outside(step.example.detail), tuple(lines), step.example.is_certain)


def _of_failed(group: list[Exchange], clock: Clock) -> Problem:
    first = group[0]
    times = f" {counted(len(group), 'time')}" if len(group) > 1 else ""
    summary = f"{clipped(outside(first.method), 80)} failed{times}: {why_failed(first)}"
    return Problem(summary, lines=tuple(_lines_of(group, clock)))


def _lines_of(group: list[Exchange], clock: Clock) -> Iterator[str]:
    first, last = group[0], group[-1]
    yield outside(first.url, 1000)
    when = clock.moment(first.sent_at)
    if last is not first and last.sent_at:
        when += f", last at {clock.moment(last.sent_at)}"
    yield ", ".join(part for part in (when, outside(first.place)) if part)
    if first.answer_text and first.outcome is Outcome.FAILED:
        yield f"it answered: {body_text(first.answer_text, 160)}"


def _failed_alike(traffic: Traffic) -> dict[_Alike, list[Exchange]]:
    groups: dict[_Alike, list[Exchange]] = {}
    for exchange in traffic.exchanges:
        if exchange.outcome is Outcome.FAILED:
            groups.setdefault(_alike(exchange), []).append(exchange)
    return dict(sorted(groups.items(), key=lambda group: -len(group[1])))


def _alike(exchange: Exchange) -> _Alike:
    """The same URL, and the same reason but for its literal words."""
    reason = exchange.failure.name if exchange.failure else str(exchange.status)
    return exchange.method.lower(), exchange.url, reason


def _unlisted(traffic: Traffic) -> Iterator[Problem]:
    kept = sum(each.outcome is Outcome.FAILED for each in traffic.exchanges)
    if traffic.failed > kept:
        more = counted(traffic.failed - kept, "more hook")
        yield Problem(f"{more} failed: they were counted, not kept")
