"""Sessions that were judged: all counted, some kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wcsdiag.hooks.judgement import JudgedRun, judge_hooks, shown_fault
from wcsdiag.hooks.seen import SeenHook
from wcsdiag.hooks.traffic import BrokenStep, Fault, JudgedSession, SequenceFault, State
from wcsdiag.hooks.view import View

Subject = tuple[str | None, str | None]
"""App key and session id."""

MOST_KEPT = 200
"""So many sessions are kept, the broken ones first."""

_BrokenKey = tuple[str, str, Fault, bool]
"""Sequence, step in lower case, fault, and whether it is certain."""

_MOST_BROKEN_STEPS = 500
_WORST_FIRST = (State.BROKEN, State.OPEN, State.COMPLETE)


@dataclass(frozen=True)
class Judged:
    """One session with its runs, before it is shown."""

    subject: Subject
    runs: tuple[JudgedRun, ...]
    view: View

    @property
    def state(self) -> State:
        """That of its worst run."""
        states = {run.state for run in self.runs}
        return next((state for state in _WORST_FIRST if state in states), State.COMPLETE)

    def shown(self) -> JudgedSession:
        """As the traffic shows it."""
        return JudgedSession(*self.subject, tuple(run.shown(*self.subject) for run in self.runs))


def judge_session(subject: Subject, hooks: list[SeenHook], view: View) -> Judged:
    """The session of these hooks, in whatever order they come."""
    return Judged(subject, tuple(judge_hooks(hooks, view)), view)


@dataclass
class _Broken:
    count: int
    example: SequenceFault
    session_id: str | None


class SessionTally:
    """What is known of all judged sessions, in bounded memory."""

    def __init__(self) -> None:
        self._kept: dict[State, list[Judged]] = {state: [] for state in State}
        self._broken: dict[_BrokenKey, _Broken] = {}
        self.broken_count = 0

    def copy(self) -> SessionTally:
        """One that can be added to while this one stays as it is."""
        twin = SessionTally()
        twin._kept = {state: list(kept) for state, kept in self._kept.items()}
        twin._broken = {key: replace(broken) for key, broken in self._broken.items()}
        twin.broken_count = self.broken_count
        return twin

    def add(self, judged: Judged, *, was_broken: bool = False) -> bool:
        """One more session, or more of one; True where it is broken.

        `was_broken`: what came of it before was, so that it is not counted again.
        """
        state = judged.state
        if state is State.BROKEN:
            self.broken_count += not was_broken
            self._count(judged)
        if len(self._kept[state]) < MOST_KEPT:
            self._kept[state].append(judged)
        return state is State.BROKEN

    def replace(self, before: Judged, now: Judged) -> None:
        """Judge a session that was added otherwise."""
        kept = self._kept[before.state]
        self._kept[before.state] = [judged for judged in kept if judged is not before]
        self._kept[now.state].insert(0, now)
        for key in _broken_keys(before) - _broken_keys(now):
            self._uncount(key)
        if now.state is State.BROKEN:
            self.broken_count += before.state is not State.BROKEN
            self._count(now, besides=before)

    def sessions(self) -> tuple[JudgedSession, ...]:
        """The kept ones, the broken first."""
        every = [judged for state in _WORST_FIRST for judged in self._kept[state]]
        return tuple(judged.shown() for judged in every[:MOST_KEPT])

    def broken_steps(self) -> tuple[BrokenStep, ...]:
        """The faults that break sequences, those of most sessions first."""
        ordered = sorted(self._broken.items(), key=lambda item: -item[1].count)
        return tuple(
            BrokenStep(name, broken.example.step, fault, broken.count, broken.example, session_id)
            for (name, _, fault, _), broken in ordered
            for session_id in (broken.session_id,)
        )

    def _count(self, judged: Judged, besides: Judged | None = None) -> None:
        counted = _broken_keys(besides) if besides else set()
        for run in judged.runs:
            if run.state is not State.BROKEN:
                continue
            for fault in run.faults:
                key = (run.sequence.name, fault.step.lower(), fault.fault, fault.is_certain)
                if not fault.breaks or key in counted:
                    continue
                counted.add(key)
                if key in self._broken:
                    self._broken[key].count += 1
                elif len(self._broken) < _MOST_BROKEN_STEPS:
                    example = shown_fault(fault, *judged.subject)
                    self._broken[key] = _Broken(1, example, judged.subject[1])

    def _uncount(self, key: _BrokenKey) -> None:
        broken = self._broken.get(key)
        if broken is None:
            return
        broken.count -= 1
        if not broken.count:
            del self._broken[key]


def _broken_keys(judged: Judged) -> set[_BrokenKey]:
    return {
        (run.sequence.name, fault.step.lower(), fault.fault, fault.is_certain)
        for run in judged.runs
        for fault in run.faults
        if run.state is State.BROKEN and fault.breaks
    }
