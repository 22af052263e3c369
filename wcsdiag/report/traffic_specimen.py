"""Traffic that holds one thing of each kind, to learn which words a format always uses.

What it renders to is a format's fixed vocabulary: a secret that is among it cannot be told from it.
So nothing in it is a value but names that the vendor publishes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta

from wcsdiag.hooks.exchange import Exchange, Failure, Source
from wcsdiag.hooks.traffic import (
    BadAnswers,
    BrokenStep,
    Contact,
    Fault,
    JudgedSequence,
    JudgedSession,
    MethodNumbers,
    SequenceFault,
    State,
    Traffic,
)

_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


def _exchange(failure: Failure | None, status: int | None, seconds: float) -> Exchange:
    return Exchange(
        source=Source.CAPTURE,
        method="connect",
        url="",
        request={},
        sent_at=_MOMENT,
        status=status,
        failure=failure,
        seconds=seconds,
        answer_text="-",
        place="-",
        request_bytes=1,
        answer_bytes=1,
    )


def _fault(fault: Fault, *, is_certain: bool) -> SequenceFault:
    return SequenceFault(fault, "connect", "-", is_certain=is_certain)


_FAULTS = tuple(_fault(fault, is_certain=sure) for fault in Fault for sure in (True, False))
_EXCHANGES = (
    _exchange(None, 200, 0.001),
    _exchange(None, 500, 5.0),
    *(_exchange(failure, None, 0.001) for failure in Failure),
)
_NUMBERS = MethodNumbers(
    None, "connect", 2, 1, 1, 1, 0.001, 1.0, 90.0, 9000.0, _MOMENT, (("500", 1),)
)
_SESSIONS = tuple(
    JudgedSession(None, None, (JudgedSequence("connection", "", state, _EXCHANGES, _FAULTS),))
    for state in State
)

_WHOLE = Traffic(
    source=Source.CAPTURE,
    place="",
    began=_MOMENT,
    ended=_MOMENT + _DAY,
    exchanges=_EXCHANGES,
    omitted=1,
    numbers=(_NUMBERS,),
    sessions=_SESSIONS,
    session_count=9,
    broken_count=5,
    broken_steps=tuple(BrokenStep("connection", "connect", f.fault, 1, f, "-") for f in _FAULTS),
    contacts=(Contact("", Failure.REFUSED, "", _MOMENT, "-", 2), Contact("", None, "", None)),
    notes=("-",),
    zone="UTC",
    violations=(BadAnswers("-", 2), BadAnswers("-", 2, are_unusable=True)),
    limit_s=15.0,
)


def _nothing(source: Source) -> Traffic:
    return Traffic(source, "", None, None, (), 0, (), (), 0, 0, ())


SPECIMENS = (_WHOLE, *(_nothing(source) for source in Source))


class SpokenBySpecimens(ABC):
    """A format whose fixed vocabulary is what it makes of the specimens."""

    @property
    def spoken(self) -> str:
        """Everything that stands in traffic that has one thing of each kind."""
        return "".join(map(self.render, SPECIMENS))

    @abstractmethod
    def render(self, traffic: Traffic) -> str:
        """See `TrafficRenderer`."""
