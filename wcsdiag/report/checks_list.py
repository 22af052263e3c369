"""The part of the terminal's report that has a line per check, in groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from wcsdiag.model import CheckResult, Evidence, Fix, Group, Run, Status
from wcsdiag.report.page import Marks, Page

_SEEN = {Status.PASS: "", Status.WARN: "warned: ", Status.FAIL: "failed: "}
_WORDS = {
    Run.NOT_APPLICABLE: "does not apply",
    Run.SKIPPED: "skipped",
    Run.UNDETERMINED: "could not tell",
    Run.BROKEN: "broke",
}


def add_checks(
    page: Page,
    results: Sequence[CheckResult],
    symbols: Marks,
    *,
    told: frozenset[str],
    verbose: bool,
) -> None:
    """Add every check to the page; what says the same is folded unless `verbose`.

    `told` are the summaries that the page has already: they are not repeated.
    """
    order = list(Group)
    ordered = sorted(results, key=lambda result: order.index(result.group))
    for group, members in groupby(ordered, key=lambda result: result.group):
        page.prose(group.value, style="bold")
        rows = _Rows(page, symbols, told)
        for alike in _folded(list(members), verbose=verbose):
            rows.add(alike, verbose=verbose)


def code_ranges(codes: Sequence[str]) -> str:
    """Codes in short: "HST101-HST104, HST106"."""
    runs: list[list[str]] = []
    for code in codes:
        if runs and code[:3] == runs[-1][-1][:3] and int(code[3:]) == int(runs[-1][-1][3:]) + 1:
            runs[-1].append(code)
        else:
            runs.append([code])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _folded(results: list[CheckResult], *, verbose: bool) -> Iterator[list[CheckResult]]:
    """The troubled first, each alone; then what was skipped or does not apply; then the passes."""
    folds: dict[tuple[Run, str | None, str | None], list[CheckResult]] = {}
    for result in results:
        if verbose or _is_told_alone(result):
            yield [result]
        else:
            folds.setdefault((result.run, result.reason, result.because), []).append(result)
    yield from sorted(folds.values(), key=lambda alike: alike[0].run is Run.COMPLETED)


def _is_told_alone(result: CheckResult) -> bool:
    return result.status in {Status.FAIL, Status.WARN} or result.run in {
        Run.UNDETERMINED,
        Run.BROKEN,
    }


class _Rows:
    def __init__(self, page: Page, symbols: Marks, told: frozenset[str]) -> None:
        self._page = page
        self._marks = symbols
        self._told_before = told

    def add(self, alike: Sequence[CheckResult], *, verbose: bool) -> None:
        """One row for results that say the same."""
        first = alike[0]
        mark, style = self._mark(first)
        names = code_ranges([result.code for result in alike])
        if first.run is Run.COMPLETED and len(alike) > 1:
            lead = [(f"{mark} {len(alike)} passed: ", style)]
            self._page.prose(names, indent=2, lead=lead)
        else:
            lead = [(f"{mark} ", style), (f"{names}  ", style)]
            self._page.prose(self._told(alike), indent=2, lead=lead)
        if not verbose and first.status in {Status.FAIL, Status.WARN}:
            self._summaries(first)
        if verbose:
            self._details(first)

    def _told(self, alike: Sequence[CheckResult]) -> str:
        first = alike[0]
        if first.run is Run.COMPLETED:
            return f"{_SEEN[first.status or Status.PASS]}{first.title}"
        because = f" (see {first.because})" if first.because else ""
        reason = f": {first.reason}" if first.reason else ""
        title = f"{first.title}: " if len(alike) == 1 else ""
        if first.run is Run.UNDETERMINED and first.undetermined:
            reason = f": {first.undetermined[0].reason}"
        return f"{title}{_WORDS[first.run]}{reason}{because}"

    def _mark(self, result: CheckResult) -> tuple[str, str]:
        if result.run is Run.COMPLETED:
            return {
                Status.FAIL: (self._marks.bad, "red"),
                Status.WARN: (self._marks.note, "yellow"),
            }.get(result.status or Status.PASS, (self._marks.good, "green"))
        return {
            Run.UNDETERMINED: (self._marks.unknown, "yellow"),
            Run.BROKEN: (self._marks.bad, "magenta"),
        }.get(result.run, (self._marks.absent, "dim"))

    def _summaries(self, result: CheckResult) -> None:
        for finding in result.findings:
            if finding.status is not Status.PASS and finding.summary not in self._told_before:
                self._page.prose(finding.summary, indent=6, style="dim")

    def _details(self, result: CheckResult) -> None:
        for finding in result.findings:
            self._detail(finding.status.value, finding.summary, finding.evidence, finding.fix)
        for question in result.undetermined:
            self._detail("could not tell", question.reason, question.evidence, question.fix)
        if result.traceback:
            self._page.verbatim(result.traceback.strip("\n"), indent=6, gutter=self._marks.gutter)

    def _detail(
        self, word: str, summary: str, evidence: Sequence[Evidence], fix: Fix | None
    ) -> None:
        self._page.prose(summary, indent=6, lead=[(f"{word}: ", "bold")])
        for item in evidence:
            when = f", {item.when:%Y-%m-%d %H:%M:%S %Z}".rstrip() if item.when else ""
            self._page.prose(f"{item.where}{when}", style="dim", indent=8)
            self._page.verbatim(item.text.strip("\n"), indent=10, gutter=self._marks.gutter)
        if fix:
            self._page.prose(fix.text, indent=8, lead=[("To do: ", "bold green")])
            for command in fix.commands:
                self._page.command(command, indent=10)
