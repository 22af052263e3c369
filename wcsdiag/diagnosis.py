"""The main job: from a selection of checks and a target to a report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from wcsdiag import __version__
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Report, Status
from wcsdiag.plan import make_plan
from wcsdiag.plugins import Registry
from wcsdiag.redact import Redactor
from wcsdiag.registry import Check
from wcsdiag.runner import Observer, execute
from wcsdiag.target import Intent, Target
from wcsdiag.verdict import exit_code, judge


def diagnose(
    registry: Registry,
    checks: Sequence[Check],
    target: Target,
    intent: Intent,
    lifetime: Lifetime,
    redactor: Redactor,
    *,
    fail_on: Status = Status.FAIL,
    observer: Observer | None = None,
) -> Report:
    """Run `checks` against the target and judge what they found. The report is redacted.

    Ctrl-C ends the run, not the report: it then says so. Raises `PlanError` before any connection
    is made.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    inputs: dict[type, object] = {
        Target: target,
        Intent: intent,
        Lifetime: lifetime,
        Redactor: redactor,
    }
    plan = make_plan(checks, registry.facts, inputs)
    execution = execute(plan, inputs, lifetime, observer)
    judgement = judge(execution.results, fail_on=fail_on, plugin_problems=registry.problems)
    report = Report(
        tool_version=__version__,
        target=target.host,
        started=started,
        duration_s=time.monotonic() - clock,
        verdict=judgement.verdict,
        exit_code=exit_code(judgement.verdict, interrupted=execution.interrupted),
        causes=judgement.causes,
        results=execution.results,
        plugin_problems=registry.problems,
        interrupted=execution.interrupted,
    )
    return redactor.clean_report(report)
