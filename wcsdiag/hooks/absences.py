"""Which steps of a run are missing, and which the trace only does not show."""

from __future__ import annotations

from dataclasses import dataclass, field

from wcsdiag.hooks.alignment import Alignment
from wcsdiag.hooks.exchange import Outcome
from wcsdiag.hooks.found import FoundFault
from wcsdiag.hooks.runs import Family, Run
from wcsdiag.hooks.seen import SeenHook
from wcsdiag.hooks.sequences import AT_ONCE_S, Need, Sequence, Step
from wcsdiag.hooks.traffic import Fault
from wcsdiag.hooks.view import View, is_not_connected

# Words of the vendor's public web SDK for calls and streams that are over; that hooks use them is
# inferred but for FAILED (wcs.md 3.5). They only ever excuse a step.
_OVER = frozenset({"FINISH", "BUSY", "FAILED", "UNPUBLISHED", "STOPPED"})
_NOT_ADDED = "or the REST method was not added to the app"
_NOT_SENT = (
    "or the answer to connect, which the trace does not show, sets restPolicy DISABLE for it"
)
_BESIDE_S = 1.0
"""The end of a call or stream may be told at the same time as the client's wish to end it."""

_ENDING = frozenset({Family.CALL, Family.STREAM})
_CONNECTED = "ESTABLISHED"
_UNLIMITED_S = 60.0
MIXED = "unless hooks of several sessions are mixed here, whose bodies name none"


@dataclass
class Absences:
    """`faults` are steps that are missing; `is_open`: some may lie outside the trace."""

    faults: list[FoundFault] = field(default_factory=list)
    is_open: bool = False


class Absent:
    """Judges the steps without hooks of one run."""

    def __init__(
        self,
        run: Run,
        sequence: Sequence,
        alignment: Alignment,
        view: View,
    ) -> None:
        self._run = run
        self._sequence = sequence
        self._alignment = alignment
        self._view = view
        self._found = Absences()

    def judge(self) -> Absences:
        """Every step that is missing, and whether the run is open."""
        if self._view.is_strict:
            return self._judge_strictly()
        placed = [n for n, hook in enumerate(self._alignment.first) if hook is not None]
        if not placed:
            self._found.is_open = self._is_begun_before()
            return self._found
        for number, step in enumerate(self._sequence.steps):
            if self._alignment.first[number] is not None:
                continue
            if self._view.is_sent(step) is False:
                if step.need is Need.BY_CLIENT and number > placed[-1]:
                    self._found.is_open |= self._run.statuses().isdisjoint(_OVER)
                    break
                continue
            if number < placed[0]:
                self._before(number, step, placed[0])
            elif number < placed[-1]:
                self._between(number, step)
            elif not self._after(number, step):
                break
        return self._found

    def _judge_strictly(self) -> Absences:
        for number, step in enumerate(self._sequence.steps):
            if self._alignment.first[number] is None and self._view.is_sent(step) is not False:
                self._miss(number, "")
        return self._found

    def _is_begun_before(self) -> bool:
        """Only hooks of no step came, as StreamKeepAliveEvent: what began it lies before them."""
        steps = (step for step in self._sequence.steps if step.need is Need.ALWAYS)
        return any(self._view.is_sent(step) is not False for step in steps)

    def _before(self, number: int, step: Step, first_placed: int) -> None:
        if step.need is not Need.ALWAYS:
            return
        hook = self._alignment.first[first_placed]
        assert hook is not None
        if number == 0 and not self._shows_beginning(hook):
            self._found.is_open = True
        elif number > 0 and self._found.is_open:
            return
        elif self._run.family is Family.MESSAGE:
            self._miss(number, "or it was sent long before")
        elif self._run.family is Family.CALL and False not in self._run.comes_in():
            self._miss(number, "or the call came in, or the REST API began it")
        elif self._run.family is Family.STREAM:
            self._miss(number, "or the REST API or WCS itself began the stream")
        elif self._run.family is Family.CONNECTION and number == 0 and hook.status != _CONNECTED:
            self._miss(number, "or the session began before the trace")
        else:
            self._miss_unless_not_added(number)

    def _between(self, number: int, step: Step) -> None:
        if step.need is not Need.ALWAYS:
            return
        before = self._last_before(number)
        after = next(hook for hook in self._alignment.first[number:] if hook is not None)
        if _excuses(before) or self._is_not_connected(after):
            return
        instead = self._same_later(step, number)
        if instead is None or before is None or _apart(before, instead) > step.within_s:
            self._miss_unless_not_added(number)
        elif self._run.family is not Family.MESSAGE and _apart(before, instead) > AT_ONCE_S:
            self._miss(number, "or nothing was to be told in the meantime")

    def _after(self, number: int, step: Step) -> bool:
        """Judge a step after all that came; False where those after it are not waited for."""
        before = self._last_before(number)
        if before is None or step.need is Need.MAYBE:
            return True
        begun = self._alignment.first[number - 1] or before
        if _excuses(before) or self._is_not_connected(begun):
            return False
        if step.need is Need.BY_CLIENT:
            self._not_ended_by_client(number)
            return False
        if self._view.was_lost(begun.at, (_end(begun) or 0.0) + step.within_s):
            return False
        is_end = step is self._sequence.steps[-1] and self._run.family in _ENDING
        if is_end and self._is_told_beside(number, begun):
            return False
        ended = self._view.ended
        since = _end(before)
        if ended is None or since is None or since + step.within_s > ended:
            self._found.is_open = True
        elif before.outcome is Outcome.UNKNOWN:
            self._miss(number, "or the hook before it failed, which the trace does not show")
        elif is_end and self._run.family is Family.STREAM:
            self._miss(number, "or WCS sends none for a stream that the web client ended")
        else:
            self._miss_unless_not_added(number)
        return False

    def _is_told_beside(self, number: int, end: SeenHook) -> bool:
        """True where an event before the client's wish to end it tells that it is over."""
        if not self._run.statuses().isdisjoint(_OVER):
            return True
        keys = self._sequence.steps[number].keys
        events = (hook for hook in self._run.hooks if hook.key in keys and hook.at is not None)
        return any(_apart(hook, end) <= _BESIDE_S for hook in events if not hook.status)

    def _not_ended_by_client(self, number: int) -> None:
        """Nothing shows that the client ended it. It may go on, or have ended otherwise."""
        said = self._run.statuses()
        if not said.isdisjoint(_OVER):
            self._miss(
                number, "the other side, WCS or the end of the connection ended it", remark=True
            )
            return
        self._found.is_open = True
        events = [hook for hook in self._run.hooks if hook.key == self._sequence.steps[1].keys[0]]
        if not said and len(events) > 1 and _apart(events[-2], events[-1]) > AT_ONCE_S:
            self._miss(number, "or it goes on, or the other side ended it", remark=True)

    def _shows_beginning(self, hook: SeenHook) -> bool:
        """True where a step before this hook would be in the trace, had it been sent."""
        if self._view.is_continued or hook.at is None:
            return False
        if self._run.family in _ENDING:
            return self._view.connected is not None and self._view.connected <= hook.at
        # A registration is renewed, and a connection lost, while the session goes on.
        is_later = hook.key == "registrationstatusevent" or is_not_connected(hook)
        if self._run.family is Family.CONNECTION and is_later:
            return False
        wait = (self._view.limit_s or _UNLIMITED_S) + self._sequence.steps[1].within_s
        return self._view.began is not None and self._view.began + wait < hook.at

    def _is_not_connected(self, hook: SeenHook) -> bool:
        return self._run.family is Family.CONNECTION and is_not_connected(hook)

    def _last_before(self, number: int) -> SeenHook | None:
        came = (hook for hook in reversed(self._alignment.last[:number]) if hook is not None)
        return next(came, None)

    def _same_later(self, step: Step, number: int) -> SeenHook | None:
        for later in range(number + 1, len(self._sequence.steps)):
            if self._sequence.steps[later].keys == step.keys:
                return self._alignment.first[later]
        return None

    def _position(self, number: int) -> int:
        """How many of the run's hooks come before a step that is missing."""
        after = next((hook for hook in self._alignment.first[number:] if hook is not None), None)
        if after is not None:
            return self._run.hooks.index(after)
        before = self._last_before(number)
        return 0 if before is None else self._run.hooks.index(before) + 1

    def _miss_unless_not_added(self, number: int) -> None:
        if self._view.is_sent(self._sequence.steps[number]):
            self._miss(number, "")
        else:
            self._miss(number, _NOT_ADDED if self._view.methods is None else _NOT_SENT)

    def _miss(self, number: int, otherwise: str, *, remark: bool = False) -> None:
        if self._view.is_mixed and not self._view.is_strict:
            otherwise = otherwise or MIXED
        step = self._sequence.steps[number]
        detail = f"{step.method} is not in the trace: {step.absence}"
        self._found.faults.append(
            FoundFault(
                Fault.MISSING,
                step.method,
                f"{detail}, {otherwise}" if otherwise else detail,
                is_certain=not otherwise,
                is_remark=remark,
                position=self._position(number),
            )
        )


def _excuses(hook: SeenHook | None) -> bool:
    """A hook that failed may have stopped what would follow, unless it is an event (wcs.md 3.5)."""
    if hook is None or hook.key.endswith("statusevent"):
        return False
    return hook.is_refused or hook.outcome is Outcome.FAILED


def _apart(one: SeenHook, other: SeenHook) -> float:
    return 0.0 if one.at is None or other.at is None else abs(other.at - one.at)


def _end(hook: SeenHook) -> float | None:
    return None if hook.at is None else hook.at + (hook.seconds or 0.0)
