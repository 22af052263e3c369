"""Hook traffic as it was read from a trace: exchanges, their sequences, and the numbers.

A trace is a log, a capture, a recording or the answers to what we sent ourselves. Every reader
gives `Traffic`, made by `wcsdiag.hooks.collector`; every format shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from wcsdiag.hooks.exchange import Exchange, Failure, Source


class Flow(Enum):
    """The traffic in one word. UNKNOWN: there is nothing that could be judged."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "undetermined"


class State(Enum):
    """How whole a sequence is. OPEN: it began before the trace or goes on after it."""

    COMPLETE = "complete"
    OPEN = "open"
    BROKEN = "broken"


class Fault(Enum):
    """One way in which a sequence is not as it should be."""

    MISSING = "missing"
    OUT_OF_ORDER = "out of order"
    FAILED = "failed"
    SLOW = "slow"
    RETRIED = "sent again"
    CLOSED_IN_USE = "connection closed in use"


RARE = 0.01
"""The share of hooks or sessions up to which failures are single ones."""

BREAKING = frozenset({Fault.MISSING, Fault.OUT_OF_ORDER, Fault.FAILED})
"""The faults that make a sequence broken. With others alone it is whole, and they are remarks."""


@dataclass(frozen=True)
class SequenceFault:
    """One fault of a sequence.

    `step` is the REST method, `detail` a sentence: what was seen, and what it means for the web
    client. `exchange` is None where a step is missing. Not `is_certain`: the trace allows another
    reading, which `detail` names. `position` is how many of the sequence's steps come before a
    missing one; None where that cannot be said.
    """

    fault: Fault
    step: str
    detail: str
    exchange: Exchange | None = None
    is_certain: bool = True
    position: int | None = None


@dataclass(frozen=True)
class JudgedSequence:
    """One run through a sequence: "connection", "outgoing call", "publishing", ...

    `subject` tells it from others of its session: a call's id, a stream's name, or empty.
    """

    name: str
    subject: str
    state: State
    steps: tuple[Exchange, ...]
    faults: tuple[SequenceFault, ...] = ()


@dataclass(frozen=True)
class JudgedSession:
    """The hooks of one client's session. `session_id` is None where the bodies do not say."""

    app_key: str | None
    session_id: str | None
    sequences: tuple[JudgedSequence, ...]

    @property
    def state(self) -> State:
        """That of its worst sequence."""
        states = {sequence.state for sequence in self.sequences}
        return next((s for s in (State.BROKEN, State.OPEN) if s in states), State.COMPLETE)


@dataclass(frozen=True)
class MethodNumbers:
    """One REST method of one app: how often, how it went, how long it took.

    `failed` counts failures and statuses other than 200, `unknown` those whose end is not in the
    trace, `sent_again` repetitions of the same body. Latencies are in seconds, of answered ones;
    None where none was measured. `failures` counts each kind or status: {"500": 2}. `refused` of
    the answered ones were declined with 403, which the contract allows: they are no failures.
    """

    app_key: str | None
    method: str
    count: int
    failed: int
    unknown: int
    sent_again: int
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    max_s: float | None
    last_seen: datetime | None
    failures: tuple[tuple[str, int], ...] = ()
    refused: int = 0


@dataclass(frozen=True)
class BrokenStep:
    """In how many sessions a sequence has this fault at this step, with one of them.

    Only faults that break a sequence are counted here, the certain apart from the others.
    """

    sequence: str
    step: str
    fault: Fault
    count: int
    example: SequenceFault
    session_id: str | None = None


@dataclass(frozen=True)
class Contact:
    """An attempt to reach a web server that no hook is seen of: refused, unanswered, TLS, a name.

    `peer` is "192.0.2.7:9091" or a name. `count` such attempts were seen, the first at `at`.
    `failure` is None where nothing failed and nothing can be seen, as within TLS.
    """

    peer: str
    failure: Failure | None
    detail: str
    at: datetime | None = None
    place: str = ""
    count: int = 1


@dataclass(frozen=True)
class BadAnswers:
    """Answers that break the contract in one way: `text` is the flaw and its detail.

    `are_unusable`: WCS cannot work with them. Else they deviate, and are worth a remark.
    """

    text: str
    count: int
    are_unusable: bool = False


@dataclass(frozen=True)
class Traffic:
    """What a trace holds, understood.

    `place` is the file, or "HOST: path". `exchanges` are the kept ones in the order of time:
    every failed one before others are given up; `omitted` more were counted and not kept.
    `sessions` are kept likewise, the broken ones first; `session_count` and `broken_count` count
    all. `notes` are limits that were met, each with whose it is. `violations` counts the answers
    that break the contract (`wcsdiag.hooks.contract`). `zone` names the time
    zone of moments that carried none in the trace. Moments are aware. `limit_s` is the limit for
    an answer that steps were judged by: `rest_request_timeout`, or its default.
    """

    source: Source
    place: str
    began: datetime | None
    ended: datetime | None
    exchanges: tuple[Exchange, ...]
    omitted: int
    numbers: tuple[MethodNumbers, ...]
    sessions: tuple[JudgedSession, ...]
    session_count: int
    broken_count: int
    broken_steps: tuple[BrokenStep, ...]
    contacts: tuple[Contact, ...] = ()
    notes: tuple[str, ...] = ()
    zone: str = ""
    violations: tuple[BadAnswers, ...] = ()
    limit_s: float | None = None

    @property
    def count(self) -> int:
        """All exchanges, kept or not."""
        return len(self.exchanges) + self.omitted

    @property
    def failed(self) -> int:
        """Exchanges that failed."""
        return sum(numbers.failed for numbers in self.numbers)

    @property
    def refused(self) -> int:
        """Exchanges that the web server declined with 403, as the contract allows."""
        return sum(numbers.refused for numbers in self.numbers)

    @property
    def flow(self) -> Flow:
        """UNHEALTHY where a hook, an answer or an attempt failed, or a sequence beyond doubt.

        Single failures among very many hooks are told and spoil nothing: up to `RARE` of a REST
        method, and of the sessions. UNKNOWN where half of the sessions or more are broken, unless
        there is a reason that the trace cannot show.
        """
        certain = [step.count for step in self.broken_steps if step.example.is_certain]
        doubtful = [
            step.count
            for step in self.broken_steps
            if not step.example.is_certain and step.session_id is not None
        ]
        attempts = sum(contact.count for contact in self.contacts if contact.failure)
        spoilt = (
            any(each.failed > RARE * (each.count - each.unknown) for each in self.numbers),
            any(count > RARE * self.session_count for count in certain),
            attempts > RARE * self.count,
            any(answers.are_unusable for answers in self.violations),
        )
        if any(spoilt):
            return Flow.UNHEALTHY
        if any(2 * count >= self.session_count for count in doubtful):
            return Flow.UNKNOWN
        judged = sum(numbers.count - numbers.unknown for numbers in self.numbers)
        return Flow.HEALTHY if judged else Flow.UNKNOWN
