"""Hook traffic made by hand, for the tests of group HKS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.checks.samples_url import URL, app, apps
from wcsdiag.facts.hook_traffic import HookTraffic
from wcsdiag.facts.log_window import Window
from wcsdiag.hooks.exchange import Exchange, Failure, Source
from wcsdiag.hooks.traffic import (
    BrokenStep,
    Fault,
    JudgedSequence,
    JudgedSession,
    MethodNumbers,
    SequenceFault,
    State,
    Traffic,
)
from wcsdiag.model import CheckResult

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PATH = "/opt/wcs/logs/server_logs/flashphoner.log"
KEY = "defaultApp"
APPS = apps(app(methods=("connect", "ConnectionStatusEvent", "call")))


def numbers(
    method: str = "connect",
    count: int = 20,
    failed: int = 0,
    *,
    unknown: int = 0,
    again: int = 0,
    p95: float | None = 0.006,
    longest: float | None = 0.009,
    last: datetime | None = NOW,
    key: str | None = KEY,
) -> MethodNumbers:
    failures = (("no answer came within the time limit", failed),) if failed else ()
    p50 = None if p95 is None else 0.005
    return MethodNumbers(
        key, method, count, failed, unknown, again, p50, p95, longest, longest, last, failures
    )


def exchange(
    method: str = "connect",
    at: datetime = NOW,
    *,
    answer: str | None = None,
    error: str | None = None,
    failure: Failure | None = None,
) -> Exchange:
    body = {"appKey": KEY, "sessionId": "s-1"}
    return Exchange(
        Source.LOG,
        method,
        f"{URL}/{method}",
        body,
        sent_at=at,
        answer_text=answer,
        error=error,
        failure=failure,
    )


def broken(
    count: int,
    *,
    certain: bool = True,
    fault: Fault = Fault.MISSING,
    step: str = "StreamStatusEvent",
) -> BrokenStep:
    detail = f"{step} did not follow: the web client waits for it"
    found = SequenceFault(fault, step, detail, is_certain=certain)
    return BrokenStep("publishing", step, fault, count, found, "s-1")


def hooks(
    *rows: MethodNumbers,
    exchanges: Sequence[Exchange] = (),
    steps: Sequence[BrokenStep] = (),
    sessions: int = 20,
    complete: bool = True,
) -> HookTraffic:
    count = sum(row.count for row in rows)
    kept = tuple(exchanges)
    going_on = JudgedSession(KEY, "s-2", (JudgedSequence("publishing", "", State.OPEN, ()),))
    traffic = Traffic(
        Source.LOG,
        f"wcs1: {PATH}",
        NOW - timedelta(hours=1),
        NOW,
        kept,
        max(0, count - len(kept)),
        rows,
        (going_on,) if sessions else (),
        sessions,
        sum(step.count for step in steps),
        tuple(steps),
        notes=() if complete else ("wcsdiag takes the newest 4 MiB",),
    )
    since = NOW - timedelta(hours=1)
    window = Window(since, NOW, "since 2026-03-02 14:00:00")
    return HookTraffic(traffic, window, PATH, "the server's log", since, complete)


def nothing(*, complete: bool = True) -> HookTraffic:
    found = hooks(sessions=0, complete=complete)
    return replace(found, traffic=replace(found.traffic, ended=None))


def said(result: CheckResult) -> str:
    """All that a person reads of it."""
    lines = [result.reason or ""]
    for finding in result.findings:
        lines += [finding.summary, *(each.text for each in finding.evidence)]
        lines += [finding.fix.text, *finding.fix.commands] if finding.fix else []
    for question in result.undetermined:
        lines += [question.reason, *(each.text for each in question.evidence)]
    return "\n".join(lines)
