"""How every format says the same of hook traffic: moments, durations, results, the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from wcsdiag.hooks.exchange import Exchange, Failure, Outcome, Source
from wcsdiag.hooks.traffic import BrokenStep, Fault, Flow, Traffic
from wcsdiag.redact.shapes import redact_shapes
from wcsdiag.report.visible import visible_line

HEADLINES = {Flow.HEALTHY: "HEALTHY", Flow.UNHEALTHY: "UNHEALTHY", Flow.UNKNOWN: "COULD NOT TELL"}
SOURCES = {
    Source.PROBE: "hooks that wcsdiag sent",
    Source.LOG: "read from a log",
    Source.CAPTURE: "read from a capture",
    Source.RECEIVED: "hooks that came to wcsdiag",
    Source.RECORDING: "read from a recording",
}
NO_SESSION = "no session id"
NO_APP = "no app key"

_SHORT_FAILURES = {
    Failure.NAME_NOT_FOUND: "no such name",
    Failure.CONNECT_TIMED_OUT: "connect timed out",
    Failure.REFUSED: "refused",
    Failure.UNREACHABLE: "no route",
    Failure.RESET: "reset",
    Failure.CLOSED_EARLY: "closed early",
    Failure.TIMED_OUT: "timed out",
    Failure.TLS: "TLS failed",
    Failure.NOT_HTTP: "not HTTP",
    Failure.OTHER: "failed",
    Failure.NOT_SEEN: "not seen",
}
_SAID_OF_STEPS = {
    Fault.MISSING: "is missing",
    Fault.OUT_OF_ORDER: "is out of order",
    Fault.FAILED: "failed",
    Fault.SLOW: "is slow",
    Fault.RETRIED: "was sent again",
    Fault.CLOSED_IN_USE: "met a connection that was closed in use",
}
_ALL = "`wcsdiag all --host HOST`"
_SEEN_ELSEWHERE = {Source.LOG, Source.CAPTURE}
_TODO_WITHOUT_HOOKS = {
    Source.LOG: "look further back with --since, or let a web client connect; "
    f"{_ALL} says whether WCS is set up to send hooks.",
    Source.CAPTURE: f"let a web client connect during the capture; {_ALL} says whether "
    "WCS is set up to send hooks, and where to.",
    Source.RECEIVED: f"let a web client connect; {_ALL} says whether the REST URL of its app "
    "leads here. `wcsdiag send --url URL` tries the way from here.",
}
_MOST_IN_SUMMARY = 2


class Clock:
    """Writes moments in one time zone, with the date only where it differs from the last one."""

    def __init__(self, traffic: Traffic) -> None:
        self._zone = _zone_of(traffic)
        self._date = ""

    def date(self, moment: datetime | None) -> str:
        """The date, where it is not that of the last call; else empty."""
        if moment is None:
            return ""
        date = f"{self._here(moment):%Y-%m-%d}"
        if date == self._date:
            return ""
        self._date = date
        return date

    def time(self, moment: datetime | None) -> str:
        """The time of day to the millisecond; empty where there is none."""
        return f"{self._here(moment):%H:%M:%S.%f}"[:-3] if moment else ""

    def moment(self, moment: datetime | None) -> str:
        """Date and time of day to the second; empty where there is none."""
        return f"{self._here(moment):%Y-%m-%d %H:%M:%S}" if moment else ""

    def _here(self, moment: datetime) -> datetime:
        if self._zone is None or moment.tzinfo is None:
            return moment
        try:
            return moment.astimezone(self._zone)
        except OverflowError:  # the first and the last day that a datetime can hold
            return moment


def verdict_of(traffic: Traffic) -> str:
    """The verdict and what it rests on, in one line."""
    told = [_tally(traffic)]
    steps = sorted(traffic.broken_steps, key=lambda step: not step.example.is_certain)
    told += [broken_step(step, traffic.session_count) for step in steps[:_MOST_IN_SUMMARY]]
    contacts = sum(contact.count for contact in traffic.contacts if contact.failure)
    if contacts:
        told.append(f"{counted(contacts, 'attempt')} to connect failed")
    unusable = sum(answers.count for answers in traffic.violations if answers.are_unusable)
    if unusable:
        told.append(f"{counted(unusable, 'answer')} that WCS cannot work with")
    return "; ".join(told)


def todo_of(traffic: Traffic) -> str:
    """What to do next, where the traffic alone does not say it; else empty."""
    if traffic.flow is Flow.UNHEALTHY and traffic.source in _SEEN_ELSEWHERE:
        return f"{_ALL} looks for the cause."
    is_nothing = traffic.flow is Flow.UNKNOWN and not traffic.count
    return _TODO_WITHOUT_HOOKS.get(traffic.source, "") if is_nothing else ""


def period_of(traffic: Traffic) -> str:
    """From when to when, with the zone; empty where the trace does not say."""
    moments = [each for each in (traffic.began, traffic.ended) if each]
    if not moments:
        return ""
    clock = Clock(traffic)
    return " ".join([" to ".join(clock.moment(each) for each in moments), zone_name(traffic)])


def zone_name(traffic: Traffic) -> str:
    """What the zone of all shown moments is called."""
    return outside(traffic.zone, 80) or str(_zone_of(traffic) or "")


def broken_step(step: BrokenStep, session_count: int) -> str:
    """Which sequence breaks where, and in how many sessions."""
    said = _SAID_OF_STEPS[step.fault]
    if not step.example.is_certain:
        said = "may be missing" if step.fault is Fault.MISSING else f"perhaps {said}"
    of_all = f"{step.count} of {counted(max(session_count, step.count), 'session')}"
    return f"{outside(step.sequence, 80)}: {outside(step.step, 80)} {said} in {of_all}"


def counted(count: int, thing: str) -> str:
    """`1 hook`, `1,200 hooks`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def duration(seconds: float | None) -> str:
    """Seconds with the unit that reads best; empty where none were measured."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    size = abs(seconds)
    if size < 0.00095:
        return f"{seconds * 1000:.2f} ms"
    if size < 0.9995:
        return f"{seconds * 1000:.1f} ms" if size < 0.00995 else f"{seconds * 1000:.0f} ms"
    if size < 99.95:
        return f"{seconds:.2f} s" if size < 9.995 else f"{seconds:.1f} s"
    whole = round(size)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} days {hours % 24} h"


def result(exchange: Exchange) -> str:
    """What became of a hook, in a word or two."""
    if exchange.failure is not None:
        return _SHORT_FAILURES[exchange.failure]
    if exchange.status is not None:
        return str(exchange.status)
    return {Outcome.ANSWERED: "answered", Outcome.FAILED: "failed"}.get(
        exchange.outcome, _SHORT_FAILURES[Failure.NOT_SEEN]
    )


def why_failed(exchange: Exchange) -> str:
    """Why a hook failed, in full, with the literal words where there are any."""
    if exchange.failure is not None:
        said = exchange.failure.value
    elif exchange.status is not None:
        said = f"the web server answered {exchange.status}"
    else:
        said = Failure.OTHER.value
    return f"{said}: {outside(exchange.error)}" if exchange.error else said


def outside(text: str, most: int = 500) -> str:
    """A text from outside on one line: cut, made visible, without what looks like a secret."""
    return clipped(visible_line(redact_shapes(text[: 4 * most])), most)


def clipped(text: str, most: int) -> str:
    """A text of at most that many characters; where it is cut, it says so."""
    return text if len(text) <= most else text[: most - 3] + "..."


def chosen(exchanges: Sequence[Exchange], most: int) -> list[Exchange]:
    """So many of them in their order: the failed ones first, then spread over all others."""
    if len(exchanges) <= most:
        return list(exchanges)
    failed = [n for n, each in enumerate(exchanges) if each.outcome is Outcome.FAILED][:most]
    kept = set(failed)
    others = [number for number in range(len(exchanges)) if number not in kept]
    room = most - len(failed)
    kept.update(others[number * len(others) // room] for number in range(room))
    return [exchanges[number] for number in sorted(kept)]


def elapsed(earlier: datetime | None, later: datetime | None) -> float | None:
    """Seconds between two moments, where both are known and can be compared."""
    if earlier is None or later is None or (earlier.tzinfo is None) != (later.tzinfo is None):
        return None
    return (later - earlier) / timedelta(seconds=1)


def _tally(traffic: Traffic) -> str:
    if not traffic.count:
        return "no hooks seen"
    seconds = elapsed(traffic.began, traffic.ended)
    within = f" in {duration(seconds)}" if seconds and seconds > 0 else ""
    told = [f"{counted(traffic.count, 'hook')}{within}"]
    unknown = sum(numbers.unknown for numbers in traffic.numbers)
    again = sum(numbers.sent_again for numbers in traffic.numbers)
    if traffic.failed:
        told.append(f"{traffic.failed:,} failed")
    elif unknown < traffic.count:
        told.append("none failed")
    if traffic.refused:
        told.append(f"{traffic.refused:,} declined with 403")
    if unknown:
        told.append(f"{unknown:,} without an answer in the trace")
    if again:
        told.append(f"{again:,} sent again")
    return ", ".join(told)


def _zone_of(traffic: Traffic) -> tzinfo | None:
    moments = [traffic.began, traffic.ended, *(each.sent_at for each in traffic.exchanges[:1])]
    return next((each.tzinfo for each in moments if each is not None and each.tzinfo), None)
