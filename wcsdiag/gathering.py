"""Facts without checks, for commands that need some facts of a host and judge nothing."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from typing import TypeVar

from wcsdiag.errors import WcsdiagError
from wcsdiag.evaluation import Broken, gather
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Evidence, NotApplicable, Unavailable
from wcsdiag.plan import facts_behind
from wcsdiag.plugins import Registry
from wcsdiag.registry import Fact

Wanted = TypeVar("Wanted")

_LOOK_UP_S = 0.2


class FactMissingError(WcsdiagError):
    """A fact that a command cannot do without was not to be had. `evidence` says what was seen."""

    def __init__(self, absent: Unavailable | NotApplicable) -> None:
        known = absent if isinstance(absent, Unavailable) else None
        super().__init__(absent.reason, hint=known.fix.text if known and known.fix else "")
        self.because = known.because if known else ""
        self.evidence: tuple[Evidence, ...] = known.evidence if known else ()


class Gathered:
    """Facts that were gathered, by their type."""

    def __init__(self, values: Mapping[type, object]) -> None:
        self._values = values

    def get(self, fact: type[Wanted]) -> Wanted:
        """The fact. Raises `FactMissingError` where it could not be had."""
        value = self._values[fact]
        if isinstance(value, Unavailable | NotApplicable):
            raise FactMissingError(value) from value
        if isinstance(value, Broken):
            raise TypeError(f"a bug in the provider of {value.provider}:\n{value.traceback}")
        assert isinstance(value, fact)
        return value

    def find(self, fact: type[Wanted]) -> Wanted | Unavailable:
        """The fact, or why it could not be had."""
        try:
            return self.get(fact)
        except FactMissingError as error:
            return Unavailable(str(error), because=error.because, evidence=error.evidence)


def gather_facts(
    registry: Registry, wanted: Sequence[type], inputs: Mapping[type, object], lifetime: Lifetime
) -> Gathered:
    """Gather facts and all that they need, at the same time as far as they can be.

    `inputs` are the facts that are given, as for a run of checks. The lifetime goes on: what was
    connected stays so until the caller ends it. At its end, what is missing is `Unavailable`.
    Raises `PlanError` where a fact has no provider.
    """
    facts = facts_behind(wanted, registry.facts, inputs)
    values = dict(inputs)
    done: queue.SimpleQueue[tuple[Fact, object]] = queue.SimpleQueue()
    graph = TopologicalSorter({f.provides: {n.fact for n in f.needs} - set(inputs) for f in facts})
    by_type = {fact.provides: fact for fact in facts}
    graph.prepare()
    while graph.is_active():
        for ready in graph.get_ready():
            _start(by_type[ready], dict(values), done)
        if not lifetime.remaining():
            break
        try:
            fact, value = done.get(timeout=_LOOK_UP_S)
        except queue.Empty:
            continue
        values[fact.provides] = value
        graph.done(fact.provides)
    late = Unavailable(f"not had within --deadline {lifetime.deadline_s:g} s", because="HST101")
    return Gathered({fact: values.get(fact, late) for fact in (*wanted, *values)})


def _start(
    fact: Fact, values: Mapping[type, object], done: queue.SimpleQueue[tuple[Fact, object]]
) -> None:
    def work() -> None:
        done.put((fact, gather(fact, {need.fact: values[need.fact] for need in fact.needs})))

    threading.Thread(target=work, daemon=True).start()
