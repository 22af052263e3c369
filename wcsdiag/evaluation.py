"""One check over the facts that it needs: from what it yields and raises to its result."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

from wcsdiag.model import (
    CheckResult,
    Finding,
    NotApplicable,
    Run,
    Status,
    Unavailable,
    Undetermined,
)
from wcsdiag.registry import Check, Fact, Need

_MOST_OBSERVATIONS = 1000
_SEVERITY = (Status.PASS, Status.WARN, Status.FAIL)


@dataclass(frozen=True)
class Broken:
    """Stands for a fact whose provider raised something else than it may."""

    provider: str
    traceback: str


def gather(provider: Fact, values: Mapping[type, object]) -> object:
    """The fact, or what stands in its place: `Unavailable`, `NotApplicable` or `Broken`."""
    obstacle = _obstacle(provider.needs, values)
    if obstacle is not None:
        return obstacle
    try:
        return provider.gather(**_arguments(provider.needs, values))
    except (Unavailable, NotApplicable) as absent:
        return absent
    except Exception:  # noqa: BLE001 - a bug of one provider must not end the run
        return Broken(provider.provides.__name__, traceback.format_exc())


def evaluate(check: Check, values: Mapping[type, object]) -> CheckResult:
    """Judge: `values` holds each fact that the check needs, or what stands in its place."""
    started = time.monotonic()
    obstacle = _obstacle(check.needs, values)
    if obstacle is None:
        result = _judge(check, _arguments(check.needs, values))
    else:
        result = _not_judged(check, obstacle)
    return replace(result, duration_s=time.monotonic() - started)


def unfinished(check: Check, reason: str) -> CheckResult:
    """The result of a check that the run's end overtook."""
    return replace(_blank(check), run=Run.UNDETERMINED, reason=reason)


def _arguments(needs: tuple[Need, ...], values: Mapping[type, object]) -> dict[str, object]:
    return {need.parameter: values[need.fact] for need in needs}


def _obstacle(
    needs: tuple[Need, ...], values: Mapping[type, object]
) -> Broken | NotApplicable | Unavailable | None:
    """What keeps a function from being called; a bug says more than an absence."""
    intolerable = [
        value
        for need in needs
        for value in [values[need.fact]]
        if isinstance(value, Broken | NotApplicable | Unavailable)
        and not isinstance(value, tuple(need.tolerates))
    ]
    for kind in (Broken, NotApplicable, Unavailable):
        for value in intolerable:
            if isinstance(value, kind):
                return value
    return None


def _judge(check: Check, arguments: Mapping[str, object]) -> CheckResult:
    findings: list[Finding] = []
    open_questions: list[Undetermined] = []
    try:
        for observation in islice(check.judge(**arguments), _MOST_OBSERVATIONS):
            if isinstance(observation, Finding):
                findings.append(observation)
            else:
                open_questions.append(observation)
    except (Unavailable, NotApplicable) as absent:
        if not findings and not open_questions:
            return _not_judged(check, absent)
        open_questions.append(Undetermined(absent.reason))
    except Exception:  # noqa: BLE001 - a bug of one check must not end the run
        return _not_judged(check, Broken(check.code, traceback.format_exc()))
    if not findings and not open_questions:
        return replace(_blank(check), run=Run.BROKEN, reason=f"{check.code} observed nothing")
    return _judged(check, tuple(findings), tuple(open_questions))


def _judged(
    check: Check, findings: tuple[Finding, ...], open_questions: tuple[Undetermined, ...]
) -> CheckResult:
    worst = max((_SEVERITY.index(finding.status) for finding in findings), default=0)
    status = _SEVERITY[worst]
    completed = not open_questions or status is Status.FAIL
    return replace(
        _blank(check),
        run=Run.COMPLETED if completed else Run.UNDETERMINED,
        status=status if completed else None,
        findings=findings,
        undetermined=open_questions,
        reason=open_questions[0].reason if open_questions else None,
    )


def _not_judged(check: Check, obstacle: Broken | NotApplicable | Unavailable) -> CheckResult:
    blank = _blank(check)
    if isinstance(obstacle, Broken):
        reason = f"a bug in {obstacle.provider}"
        return replace(blank, run=Run.BROKEN, reason=reason, traceback=obstacle.traceback)
    if isinstance(obstacle, NotApplicable):
        return replace(blank, run=Run.NOT_APPLICABLE, reason=obstacle.reason)
    return replace(blank, run=Run.SKIPPED, reason=obstacle.reason, because=obstacle.because)


def _blank(check: Check) -> CheckResult:
    return CheckResult(
        check.code,
        check.title,
        check.group,
        Run.COMPLETED,
        None,
        explained_by=check.explained_by,
    )
