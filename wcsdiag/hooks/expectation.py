"""Sequences that a trace is expected to hold whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from wcsdiag.hooks.judgement import JudgedRun, judge_run
from wcsdiag.hooks.runs import Family, Run
from wcsdiag.hooks.sequences import (
    CONNECTION,
    MESSAGE,
    RECEIVED_MESSAGE,
    REGISTRATION,
    Sequence,
)
from wcsdiag.hooks.sessions import Judged
from wcsdiag.hooks.traffic import State
from wcsdiag.hooks.view import View

_RELATED = {
    CONNECTION.name: (CONNECTION, REGISTRATION),
    REGISTRATION.name: (REGISTRATION, CONNECTION),
    MESSAGE.name: (MESSAGE, RECEIVED_MESSAGE),
}
"""Runs through the others may lack a step or have one more."""


class Expectation:
    """Looks at every judged session, and says at the end what did not come whole.

    Of each expected sequence, one whole run is enough. A message that one session sends and
    another one gets is whole too.
    """

    def __init__(self, sequences: Iterable[Sequence]) -> None:
        self._sequences = tuple(sequences)
        self._whole: set[str] = set()
        self._nearest: dict[str, tuple[int, Judged, JudgedRun]] = {}

    def copy(self) -> Expectation:
        """One that can look on while this one stays as it is."""
        twin = Expectation(self._sequences)
        twin._whole = set(self._whole)
        twin._nearest = dict(self._nearest)
        return twin

    def look_at(self, judged: Judged) -> None:
        """One more session."""
        if not self._sequences:
            return
        for run in judged.runs:
            if run.state is State.COMPLETE:
                self._whole.add(run.sequence.name)
                if run.is_whole:
                    self._whole.add(f"{run.sequence.name}, every step")
            for expected in self._sequences:
                steps = _steps_of(run, expected)
                best = self._nearest.get(expected.name)
                if steps and (best is None or steps > best[0]):
                    self._nearest[expected.name] = (steps, judged, run)

    def unmet(self, view: View) -> Iterator[tuple[Judged | None, Judged]]:
        """The sessions that came nearest to a sequence that never came whole, each as it was and
        as it is judged now; None and one without hooks where no hook of the sequence came."""
        strict = replace(view, is_strict=True)
        nearest: dict[int, tuple[Judged, Judged]] = {}
        for expected in self._sequences:
            if self._is_met(expected):
                continue
            if expected.name not in self._nearest:
                absent = judge_run(Run(Family.OTHER), expected, strict)
                yield None, Judged((None, None), (absent,), strict)
                continue
            _, judged, run = self._nearest[expected.name]
            _, now = nearest.get(id(judged), (judged, judged))
            again = judge_run(run.run, expected, replace(judged.view, is_strict=True))
            runs = tuple(again if one.run is run.run else one for one in now.runs)
            nearest[id(judged)] = judged, replace(now, runs=runs)
        yield from nearest.values()

    def _is_met(self, expected: Sequence) -> bool:
        names = {f"{expected.name}, every step"}
        if expected is CONNECTION:
            names.add(f"{REGISTRATION.name}, every step")
        parts = {MESSAGE.name, RECEIVED_MESSAGE.name}
        return not names.isdisjoint(self._whole) or (expected is MESSAGE and parts <= self._whole)


def _steps_of(run: JudgedRun, expected: Sequence) -> int:
    """How many steps of the expected sequence the run has, if it can be one through it."""
    if run.sequence not in _RELATED.get(expected.name, (expected,)):
        return 0
    return sum(not run.run.keys.isdisjoint(step.keys) for step in expected.steps)
