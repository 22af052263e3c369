"""For the tests of checks, ours and anybody's: judge one check over facts made by hand."""

from __future__ import annotations

from dataclasses import dataclass

from wcsdiag.errors import PlanError
from wcsdiag.evaluation import evaluate
from wcsdiag.model import CheckResult, NotApplicable, Unavailable
from wcsdiag.registry import Check, declaration


@dataclass(frozen=True)
class Absent:
    """A fact that cannot be had, and what stands in its place."""

    fact: type
    reason: Unavailable | NotApplicable


def absent(fact: type, reason: Unavailable | NotApplicable) -> Absent:
    """Stand-in for a fact of type `fact` in a call of `judge`."""
    return Absent(fact, reason)


def judge(check: object, *facts: object) -> CheckResult:
    """The result of one check, called with `facts`, each found by its type.

    Raises `PlanError` where `check` was not declared with `@check`, or a fact that it needs is
    not among `facts`.
    """
    declared = declaration(check)
    if not isinstance(declared, Check):
        raise PlanError(f"{check!r} is not a check")
    values: dict[type, object] = {}
    for fact in facts:
        if isinstance(fact, Absent):
            values[fact.fact] = fact.reason
        else:
            values[type(fact)] = fact
    missing = [need.fact.__name__ for need in declared.needs if need.fact not in values]
    if missing:
        raise PlanError(f"{declared.code} needs {', '.join(missing)}")
    return evaluate(declared, values)
