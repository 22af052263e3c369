"""Carry out a plan: every fact once, every check once, at the same time as far as they can be.

Each fact and each check has a thread of its own: they wait, they do not compute. The threads are
daemons, and the run's `Lifetime` closes what they wait for, so that nothing outlives the deadline.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from wcsdiag.evaluation import evaluate, gather, unfinished
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import CheckResult
from wcsdiag.plan import Plan
from wcsdiag.registry import Check, Fact, Need

_LOOK_UP_S = 0.2
"""A Ctrl-C that comes just before a wait begins does not end it: so no wait is long."""


class Observer(Protocol):
    """Is told how the run goes on, in the thread that called `execute`."""

    def planned(self, checks: Sequence[Check]) -> None:
        """The run begins, with these checks."""

    def finished(self, result: CheckResult, done: int, total: int) -> None:
        """One check has ended, as number `done` of `total`."""


@dataclass(frozen=True)
class Execution:
    """All results, in the plan's order; `interrupted` says that the user ended the run."""

    results: tuple[CheckResult, ...]
    interrupted: bool


def execute(
    plan: Plan,
    inputs: Mapping[type, object],
    lifetime: Lifetime,
    observer: Observer | None = None,
) -> Execution:
    """Run the plan until it is done, its lifetime ends, or Ctrl-C.

    What had not finished by then is undetermined, with the reason. The lifetime is ended in any
    case: connections are closed when this returns.
    """
    execution = _Execution(plan, inputs, observer)
    interrupted = False
    try:
        reason = execution.run(lifetime)
    except KeyboardInterrupt:
        interrupted = True
        reason = "interrupted before this was judged"
    finally:
        lifetime.end()
    return Execution(execution.results(reason), interrupted)


class _Execution:
    """The state of a run. Only the thread that calls `run` changes it; workers send events."""

    def __init__(
        self, plan: Plan, inputs: Mapping[type, object], observer: Observer | None
    ) -> None:
        self._plan = plan
        self._observer = observer
        self._values = dict(inputs)
        self._facts = {fact.provides: fact for fact in plan.facts}
        self._checks = {check.code: check for check in plan.checks}
        self._pending = set(self._facts)
        self._results: dict[str, CheckResult] = {}
        self._events: queue.SimpleQueue[tuple[type, object] | CheckResult] = queue.SimpleQueue()

    def run(self, lifetime: Lifetime) -> str:
        """Run to the end, and say why what is left was left."""
        if self._observer:
            self._observer.planned(self._plan.checks)
        self._start_ready()
        while len(self._results) < len(self._plan.checks):
            event = self._next(lifetime)
            # What the deadline cut short would blame the target for our own limit.
            if event is None or not lifetime.remaining():
                return self._overtaken(lifetime)
            self._take(event)
        return ""

    def results(self, reason: str) -> tuple[CheckResult, ...]:
        """A result for every check; `reason` for those that had not finished."""
        return tuple(
            self._results.get(check.code) or unfinished(check, reason)
            for check in self._plan.checks
        )

    def _next(self, lifetime: Lifetime) -> tuple[type, object] | CheckResult | None:
        """The next event; None at the end of the lifetime."""
        while remaining := lifetime.remaining():
            with contextlib.suppress(queue.Empty):
                return self._events.get(timeout=min(remaining, _LOOK_UP_S))
        return None

    def _take(self, event: tuple[type, object] | CheckResult) -> None:
        if isinstance(event, CheckResult):
            self._results[event.code] = event
            if self._observer:
                self._observer.finished(event, len(self._results), len(self._plan.checks))
            return
        fact, value = event
        self._values[fact] = value
        self._pending.discard(fact)
        self._start_ready()

    def _start_ready(self) -> None:
        for fact in [fact for fact in self._facts.values() if self._is_ready(fact.needs)]:
            del self._facts[fact.provides]
            self._start(self._gather, fact)
        for check in [check for check in self._checks.values() if self._is_ready(check.needs)]:
            del self._checks[check.code]
            self._start(self._evaluate, check)

    def _is_ready(self, needs: Sequence[Need]) -> bool:
        return all(need.fact in self._values for need in needs)

    def _start(self, work: Callable[..., None], node: Fact | Check) -> None:
        values = {need.fact: self._values[need.fact] for need in node.needs}
        threading.Thread(target=work, args=(node, values), daemon=True).start()

    def _gather(self, fact: Fact, values: Mapping[type, object]) -> None:
        self._events.put((fact.provides, gather(fact, values)))

    def _evaluate(self, check: Check, values: Mapping[type, object]) -> None:
        self._events.put(evaluate(check, values))

    def _overtaken(self, lifetime: Lifetime) -> str:
        waited_for = sorted(fact.__name__ for fact in self._pending - set(self._facts))
        names = f" while waiting for {', '.join(waited_for)}" if waited_for else ""
        return f"wcsdiag's own limit, --deadline {lifetime.deadline_s:g} s, ended the run{names}"
