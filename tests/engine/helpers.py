"""Small checks, facts and results for the tests of the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wcsdiag.lifetime import Lifetime
from wcsdiag.model import CheckResult, Finding, Group, Run, Status, Undetermined
from wcsdiag.plan import make_plan
from wcsdiag.registry import Check, Fact, declaration
from wcsdiag.runner import Execution, Observer, execute


def as_check(function: object) -> Check:
    """The declaration that `@check` attached."""
    declared = declaration(function)
    assert isinstance(declared, Check)
    return declared


def as_facts(*functions: Callable[..., object]) -> dict[type, Fact]:
    """Providers by what they provide, as the registry holds them."""
    facts = [declaration(function) for function in functions]
    return {fact.provides: fact for fact in facts if isinstance(fact, Fact)}


def run(
    checks: Iterable[object],
    facts: Iterable[Callable[..., object]] = (),
    *,
    lifetime: Lifetime | None = None,
    observer: Observer | None = None,
) -> Execution:
    """Plan and execute, with a lifetime as the only input."""
    lifetime = lifetime or Lifetime()
    inputs: dict[type, object] = {Lifetime: lifetime}
    plan = make_plan([as_check(check) for check in checks], as_facts(*facts), inputs)
    return execute(plan, inputs, lifetime, observer)


def result(
    code: str,
    *observations: Finding | Undetermined,
    run: Run = Run.COMPLETED,
    explained_by: tuple[str, ...] = (),
    because: str | None = None,
    reason: str | None = None,
) -> CheckResult:
    """A result as a run would give it."""
    findings = tuple(o for o in observations if isinstance(o, Finding))
    questions = tuple(o for o in observations if isinstance(o, Undetermined))
    severity = [Status.PASS, Status.WARN, Status.FAIL]
    worst = max((severity.index(finding.status) for finding in findings), default=0)
    return CheckResult(
        code,
        f"title of {code}",
        Group[code[:3]],
        Run.UNDETERMINED if questions else run,
        severity[worst] if run is Run.COMPLETED and not questions else None,
        findings,
        questions,
        reason,
        because,
        explained_by=explained_by,
    )
