"""From results to a verdict: which troubles are causes, and which are merely their effects.

A failing finding is an effect where another one fails that its check names in `explained_by`,
directly or through further checks, and that is about the same subject (or one of the two is about
the target as a whole). A skipped check is an effect of what kept its facts away. What remains are
the causes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from wcsdiag.model import (
    Cause,
    CheckResult,
    Effect,
    Evidence,
    Fix,
    PluginProblem,
    Run,
    Status,
    Verdict,
)


@dataclass(frozen=True)
class Judgement:
    """The verdict, and what it rests on: the cause that explains most comes first."""

    verdict: Verdict
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class _Trouble:
    """A failing finding, something that could not be judged, or a check that did not run.

    `place` is its order in the report. `status` is None unless it is a finding. `speaks` is False
    where the check itself observed nothing, and the summary is the reason why it did not run.
    """

    place: int
    code: str
    title: str
    explainers: frozenset[str]
    status: Status | None
    summary: str
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    subject: str | None = None
    speaks: bool = True

    def is_explained_by(self, other: _Trouble) -> bool:
        """Does `other` explain this?"""
        if not (self.speaks or other.speaks) and self.summary == other.summary:
            return other.place < self.place
        same_subject = self.subject == other.subject or None in {self.subject, other.subject}
        return other.speaks and other.code in self.explainers and same_subject


def exit_code(verdict: Verdict, *, interrupted: bool) -> int:
    """The exit code, the same whatever the format (design.md 6)."""
    if interrupted:
        return 130
    return {
        Verdict.HEALTHY: 0,
        Verdict.UNHEALTHY: 1,
        Verdict.UNDETERMINED: 3,
        Verdict.BROKEN: 4,
    }[verdict]


def judge(
    results: Sequence[CheckResult],
    *,
    fail_on: Status = Status.FAIL,
    plugin_problems: Sequence[PluginProblem] = (),
) -> Judgement:
    """The verdict over all results. With `fail_on` WARN, a warning makes the target unhealthy.

    Where nothing failed, the causes are what could not be judged: why it is undetermined.
    """
    troubles = list(_troubles(results, {Status.FAIL, fail_on}))
    failures = [trouble for trouble in troubles if trouble.status is not None]
    verdict = Verdict.HEALTHY
    if plugin_problems or any(result.run is Run.BROKEN for result in results):
        verdict = Verdict.BROKEN
    elif failures:
        verdict = Verdict.UNHEALTHY
    elif troubles or all(result.run is not Run.COMPLETED for result in results):
        verdict = Verdict.UNDETERMINED
    return Judgement(verdict, _causes(failures or troubles, troubles))


def _causes(candidates: Sequence[_Trouble], troubles: Sequence[_Trouble]) -> tuple[Cause, ...]:
    """The candidates that nothing explains, each with all the troubles that lead back to it."""
    effects: dict[_Trouble, list[_Trouble]] = defaultdict(list)
    causes = []
    for trouble in troubles:
        cause = _trace(trouble, candidates)
        if cause is not trouble:
            effects[cause].append(trouble)
        elif trouble in candidates:
            causes.append(trouble)
    causes.sort(key=lambda cause: _weight(cause, effects[cause]))
    return tuple(_cause(cause, effects[cause]) for cause in causes)


def _trace(trouble: _Trouble, candidates: Sequence[_Trouble]) -> _Trouble:
    """Go from effect to cause until nothing explains what is left."""
    way = [trouble]
    while explanation := next(
        (c for c in candidates if c not in way and way[-1].is_explained_by(c)), None
    ):
        way.append(explanation)
    return way[-1]


def _weight(cause: _Trouble, effects: Sequence[_Trouble]) -> tuple[bool, int, int, int]:
    failing = sum(effect.status is not None for effect in effects)
    return cause.status is not Status.FAIL, -failing, -len(effects), cause.place


def _cause(cause: _Trouble, effects: Sequence[_Trouble]) -> Cause:
    return Cause(
        cause.code,
        cause.title,
        cause.status,
        cause.summary,
        cause.evidence,
        cause.fix,
        cause.subject,
        tuple(Effect(effect.code, effect.title, effect.summary) for effect in effects),
    )


def _troubles(results: Sequence[CheckResult], failing: set[Status]) -> Iterator[_Trouble]:
    explained_by = {result.code: _explainers(result) for result in results}
    for place, result in enumerate(results):
        explainers = _closure(_explainers(result), explained_by) - {result.code}
        row = place, result.code, result.title, explainers
        for found in result.findings:
            if found.status in failing:
                yield _Trouble(
                    *row, found.status, found.summary, found.evidence, found.fix, found.subject
                )
        for question in result.undetermined:
            yield _Trouble(
                *row, None, question.reason, question.evidence, question.fix, question.subject
            )
        overtaken = result.run is Run.UNDETERMINED and not result.undetermined
        if result.run is Run.SKIPPED or overtaken:
            yield _Trouble(*row, None, result.reason or "not judged", speaks=False)


def _explainers(result: CheckResult) -> tuple[str, ...]:
    """What kept a skipped check from running explains it; else what its declaration names."""
    return (result.because,) if result.because else result.explained_by


def _closure(codes: Sequence[str], explained_by: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The codes and all that explain them, directly or through others."""
    reached: set[str] = set()
    frontier = list(codes)
    while frontier:
        code = frontier.pop()
        if code not in reached:
            reached.add(code)
            frontier.extend(explained_by.get(code, ()))
    return frozenset(reached)
