"""The rows of a judged sequence: its steps, and the missing ones where they belong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wcsdiag.hooks.exchange import Exchange, Outcome
from wcsdiag.hooks.traffic import BREAKING, JudgedSequence, JudgedSession, SequenceFault, State
from wcsdiag.report.traffic_words import elapsed


@dataclass(frozen=True)
class Step:
    """One row. `exchange` is None where the step is missing; `since_s` is since the step before."""

    method: str
    exchange: Exchange | None
    faults: tuple[SequenceFault, ...] = ()
    since_s: float | None = None

    @property
    def is_bad(self) -> bool:
        """Failed, or at fault in a way that breaks the sequence."""
        failed = self.exchange is None or self.exchange.outcome is Outcome.FAILED
        return failed or any(fault.fault in BREAKING for fault in self.faults)


@dataclass(frozen=True)
class Gap:
    """So many steps in a row that are not shown."""

    count: int


def rows_of(sequence: JudgedSequence, most: int) -> list[Step | Gap]:
    """The sequence as rows, at most that many steps: those at fault before the first ones."""
    steps = _all_steps(sequence)
    if len(steps) <= most:
        return list(steps)
    at_fault = [number for number, step in enumerate(steps) if step.faults or step.is_bad]
    kept = set(at_fault[:most])
    kept.update([number for number in range(len(steps)) if number not in kept][: most - len(kept)])
    return list(_with_gaps(steps, kept))


def worst_first(sessions: Sequence[JudgedSession]) -> list[JudgedSession]:
    """Sessions with broken ones first; their order else is kept."""
    return sorted(sessions, key=lambda session: session.state is not State.BROKEN)


def _all_steps(sequence: JudgedSequence) -> list[Step]:
    faults = {id(fault): fault for fault in sequence.faults}
    steps = []
    before = None
    for exchange in sequence.steps:
        own = [fault for fault in faults.values() if _is_of(fault, exchange)]
        for fault in own:
            del faults[id(fault)]
        since = elapsed(before, exchange.sent_at)
        steps.append(Step(exchange.method, exchange, tuple(own), since))
        before = exchange.sent_at or before
    return _with_missing(steps, tuple(faults.values()))


def _with_missing(steps: list[Step], faults: Sequence[SequenceFault]) -> list[Step]:
    """Faults that are of no step stand where they say, or at the end."""
    end = len(steps)
    places = [end if fault.position is None else fault.position for fault in faults]
    placed = sorted(zip(places, faults, strict=True), key=lambda each: each[0])
    for place, fault in reversed(placed):
        steps.insert(min(max(place, 0), end), Step(fault.step, fault.exchange, (fault,)))
    return steps


def _is_of(fault: SequenceFault, exchange: Exchange) -> bool:
    """True for the exchange of the fault, even where one of the two lost its bodies since."""
    seen = fault.exchange
    if seen is None or seen is exchange:
        return seen is exchange
    return (seen.sent_at, seen.place, seen.method, seen.url) == (
        exchange.sent_at,
        exchange.place,
        exchange.method,
        exchange.url,
    )


def _with_gaps(steps: Sequence[Step], kept: set[int]) -> Iterator[Step | Gap]:
    left_out = 0
    for number, step in enumerate(steps):
        if number not in kept:
            left_out += 1
            continue
        if left_out:
            yield Gap(left_out)
            left_out = 0
        yield step
    if left_out:
        yield Gap(left_out)
