"""The hooks of a session, judged as runs through sequences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wcsdiag.hooks.absences import MIXED, Absent
from wcsdiag.hooks.alignment import Alignment, aligned, shared_out
from wcsdiag.hooks.exchange import Exchange
from wcsdiag.hooks.failings import faults_of_hooks
from wcsdiag.hooks.found import FoundFault
from wcsdiag.hooks.runs import Run, runs_of
from wcsdiag.hooks.seen import SeenHook
from wcsdiag.hooks.sequences import Sequence
from wcsdiag.hooks.traffic import Fault, JudgedSequence, SequenceFault, State
from wcsdiag.hooks.view import View

_SAME_TIME_S = 0.05


@dataclass(frozen=True)
class JudgedRun:
    """One run through a sequence, before it is shown. `is_whole`: every step of it came."""

    sequence: Sequence
    run: Run
    state: State
    faults: tuple[FoundFault, ...]
    is_whole: bool

    def shown(self, app_key: str | None, session_id: str | None) -> JudgedSequence:
        """As the traffic shows it."""
        exchanges = {hook: hook.exchange(app_key, session_id) for hook in self.run.hooks}
        return JudgedSequence(
            self.sequence.name,
            self.run.subject,
            self.state,
            tuple(exchanges.values()),
            tuple(
                _shown(fault, exchanges[fault.hook] if fault.hook else None)
                for fault in self.faults
            ),
        )


def shown_fault(fault: FoundFault, app_key: str | None, session_id: str | None) -> SequenceFault:
    """A fault as the traffic shows it."""
    exchange = fault.hook.exchange(app_key, session_id) if fault.hook else None
    return _shown(fault, exchange)


def _shown(fault: FoundFault, exchange: Exchange | None) -> SequenceFault:
    return SequenceFault(
        fault.fault, fault.step, fault.detail, exchange, fault.is_certain, fault.position
    )


def judge_hooks(hooks: list[SeenHook], view: View) -> list[JudgedRun]:
    """The runs of one session's hooks, in whatever order they come, each judged."""
    ordered = in_time(hooks)
    view = view.of_session(ordered)
    return [judge_run(run, run.sequence(), view) for run in runs_of(ordered)]


def judge_run(run: Run, sequence: Sequence, view: View) -> JudgedRun:
    """One run, judged as a run through that sequence."""
    alignment = aligned(sequence, run.hooks)
    if view.is_strict:
        alignment = shared_out(sequence, alignment)
    faults = faults_of_hooks(run.hooks, view)
    if alignment.is_whole:
        return JudgedRun(sequence, run, _state(faults, is_open=False), tuple(faults), is_whole=True)
    absences = Absent(run, sequence, alignment, view).judge()
    faults = [*_out_of_order(sequence, alignment, view), *absences.faults, *faults]
    state = _state(faults, is_open=absences.is_open)
    return JudgedRun(sequence, run, state, tuple(faults), is_whole=False)


def in_time(hooks: list[SeenHook]) -> list[SeenHook]:
    """The hooks in the order of time; as they came where one of them has none."""
    moments = [hook.at for hook in hooks]
    if None in moments:
        return hooks
    return sorted(hooks, key=lambda hook: hook.at or 0.0)


def _out_of_order(sequence: Sequence, alignment: Alignment, view: View) -> Iterator[FoundFault]:
    for number, ahead in alignment.late:
        hook = alignment.first[number]
        assert hook is not None
        step = sequence.steps[number].method
        detail = f"{step} came after {ahead.method}, which ought to follow it"
        is_plain = (
            None not in (hook.at, ahead.at) and (hook.at or 0) - (ahead.at or 0) > _SAME_TIME_S
        )
        if view.is_mixed and not view.is_strict:
            detail, is_plain = f"{detail}, {MIXED}", False
        elif not is_plain:
            detail += "; WCS sends from several threads, and they came at nearly the same time"
        yield FoundFault(Fault.OUT_OF_ORDER, step, detail, hook, is_certain=is_plain)


def _state(faults: list[FoundFault], *, is_open: bool) -> State:
    if not faults and not is_open:
        return State.COMPLETE
    breaking = [fault for fault in faults if fault.breaks]
    if any(fault.is_certain for fault in breaking) or (breaking and not is_open):
        return State.BROKEN
    return State.OPEN if is_open else State.COMPLETE
