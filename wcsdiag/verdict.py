"""From results to a verdict: which troubles are causes, and which are merely their effects.

A failing finding is an effect where another one fails that its check names in `explained_by`, and
that is about the same subject (or one of the two is about the target as a whole). This goes on
through further checks, but only through those that are in trouble themselves: a check that passed
or did not apply hands no explanation on. A skipped check is an effect of what kept its facts away.
What remains are the causes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

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

_Saying: TypeAlias = tuple[str, Status | None, str]


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
    explainers: tuple[str, ...]
    status: Status | None
    summary: str
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    subject: str | None = None
    speaks: bool = True

    @property
    def saying(self) -> _Saying:
        """What a person reads as one and the same."""
        return self.code, self.status, self.summary


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
    """The candidates that nothing explains, each with all the troubles that lead back to it.

    Those that say the same (of several apps on one web server that is down) are one cause.
    """
    alike: dict[_Saying, list[_Trouble]] = defaultdict(list)
    effects: dict[_Saying, list[_Trouble]] = defaultdict(list)
    web = _Web(candidates, troubles)
    for trouble in troubles:
        cause = web.trace(trouble)
        if cause is not trouble:
            effects[cause.saying].append(trouble)
        elif trouble in candidates:
            alike[cause.saying].append(trouble)
    order = sorted(alike, key=lambda saying: _weight(alike[saying][0], effects[saying]))
    return tuple(_cause(alike[saying], effects[saying]) for saying in order)


class _Web:
    """Which trouble explains which."""

    def __init__(self, candidates: Sequence[_Trouble], troubles: Sequence[_Trouble]) -> None:
        self._candidates = frozenset(candidates)
        self._of_code: dict[str, list[_Trouble]] = defaultdict(list)
        self._first_to_say: dict[str, _Trouble] = {}
        self._named: set[_Trouble] = set()
        for trouble in troubles:
            self._of_code[trouble.code].append(trouble)
            if not trouble.speaks:
                self._first_to_say.setdefault(trouble.summary, trouble)

    def trace(self, trouble: _Trouble) -> _Trouble:
        """Go from effect to cause until nothing explains what is left.

        What was named as a cause stays one: of two that explain each other, one has to lead.
        """
        if trouble in self._named:
            return trouble
        cause = self._cause(trouble, trouble.subject, {trouble}) or trouble
        self._named.add(cause)
        return cause

    def _cause(
        self, trouble: _Trouble, subject: str | None, visited: set[_Trouble]
    ) -> _Trouble | None:
        """The candidate at the end of the first way that leads to one.

        `subject` is what the way so far is about: it holds on beyond troubles without one.
        """
        for other in self._explaining(trouble):
            if other in visited or _differ(subject, other.subject):
                continue
            visited.add(other)
            found = self._cause(other, subject or other.subject, visited)
            if found is not None:
                return found
        return trouble if trouble in self._candidates else None

    def _explaining(self, trouble: _Trouble) -> Iterator[_Trouble]:
        """What explains it directly; one reason that many checks did not run is one trouble."""
        for code in trouble.explainers:
            if code != trouble.code:
                yield from self._of_code[code]
        if not trouble.speaks:
            yield self._first_to_say[trouble.summary]


def _differ(subject: str | None, other: str | None) -> bool:
    return None not in {subject, other} and subject != other


def _weight(cause: _Trouble, effects: Sequence[_Trouble]) -> tuple[bool, int, int, int]:
    failing = sum(effect.status is not None for effect in effects)
    return cause.status is not Status.FAIL, -failing, -len(effects), cause.place


def _cause(alike: Sequence[_Trouble], effects: Sequence[_Trouble]) -> Cause:
    first = alike[0]
    evidence = dict.fromkeys(item for trouble in alike for item in trouble.evidence)
    fixes = [trouble.fix for trouble in alike if trouble.fix]
    commands = dict.fromkeys(command for fix in fixes for command in fix.commands)
    return Cause(
        first.code,
        first.title,
        first.status,
        first.summary,
        tuple(evidence),
        Fix(fixes[0].text, tuple(commands)) if fixes else None,
        first.subject if len({trouble.subject for trouble in alike}) == 1 else None,
        tuple(Effect(effect.code, effect.title, effect.summary) for effect in effects),
    )


def _troubles(results: Sequence[CheckResult], failing: set[Status]) -> Iterator[_Trouble]:
    for place, result in enumerate(results):
        row = place, result.code, result.title, _explainers(result)
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
    """What kept a skipped check from running explains it; else what its declaration names.

    A check that the run's end overtook is explained by that end alone.
    """
    if result.because:
        return (result.because,)
    observed = result.findings or result.undetermined
    return result.explained_by if observed else ()
