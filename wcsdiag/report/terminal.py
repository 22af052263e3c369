"""The report for a person: the verdict and its causes first, then a line per check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from wcsdiag.model import Cause, Effect, Evidence, Fix, Report, Run, Status, Verdict
from wcsdiag.report.checks_list import add_checks, code_ranges
from wcsdiag.report.page import Look, Marks, Page, marks

_HEADLINES = {
    Verdict.HEALTHY: ("HEALTHY", "bold green"),
    Verdict.UNHEALTHY: ("UNHEALTHY", "bold red"),
    Verdict.UNDETERMINED: ("COULD NOT TELL", "bold yellow"),
    Verdict.BROKEN: ("BROKEN: a fault of wcsdiag or of a plugin", "bold magenta"),
}
_MOST_EVIDENCE = 3
_MOST_LINES = 8
_MOST_CHARACTERS = 1500
_MOST_EFFECTS = 6


class TerminalRenderer:
    """Reads well at 80 columns. `quiet` leaves the verdict alone; `verbose` folds nothing."""

    def __init__(
        self, look: Look | None = None, *, verbose: bool = False, quiet: bool = False
    ) -> None:
        self._look = look or Look()
        self._verbose = verbose
        self._quiet = quiet

    @property
    def spoken(self) -> str:
        """The words that every report has; a secret among them tells nothing."""
        words = "passed warned failed skipped broke unjudged verdict explains evidence checks"
        return f"{words} {' '.join(verdict.value for verdict in Verdict)}"

    def render(self, report: Report) -> str:
        """The report as text, with escapes for colours where the look has them."""
        return self.page(report).text()

    def page(self, report: Report) -> Page:
        """The report as a page."""
        page = Page(self._look)
        _Writer(page, marks(self._look), verbose=self._verbose).headline(report)
        if not self._quiet:
            _Writer(page, marks(self._look), verbose=self._verbose).body(report)
        return page


class _Writer:
    def __init__(self, page: Page, symbols: Marks, *, verbose: bool) -> None:
        self._page = page
        self._marks = symbols
        self._verbose = verbose

    def headline(self, report: Report) -> None:
        word, style = _HEADLINES[report.verdict]
        lead = [(f"{word}  ", style), (f"{report.target}  ", "bold")]
        self._page.prose(_tally(report), lead=lead)
        if report.interrupted:
            self._page.prose("Interrupted: this is what was known by then.", style="yellow")

    def body(self, report: Report) -> None:
        faults = [cause for cause in report.causes if cause.status is not None]
        questions = [cause for cause in report.causes if cause.status is None]
        for cause in faults:
            self._cause(cause)
        if questions and report.verdict is not Verdict.UNDETERMINED:
            self._section("Could not tell")
        for question in questions:
            self._cause(question)
        self._not_asked_for(report)
        for problem in report.plugin_problems:
            self._page.blank()
            lead = [(f"{self._marks.bad} plugin {problem.name}  ", "bold magenta")]
            self._page.prose(problem.message, lead=lead)
            if self._verbose:
                self._verbatim(problem.traceback)
        self._section("Checks")
        told = frozenset(_summaries(report))
        add_checks(self._page, report.results, self._marks, told=told, verbose=self._verbose)
        self._foot(report)

    def _not_asked_for(self, report: Report) -> None:
        """Where some checks were chosen, what made them skip may not be among them."""
        codes = {result.code for result in report.results}
        behind = sorted({result.because for result in report.results if result.because} - codes)
        if behind:
            names = " ".join(behind)
            text = f"`wcsdiag run {names}` with the same options says why some were skipped."
            self._page.blank()
            self._page.prose(text, lead=[("Not asked for: ", "bold")])

    def _cause(self, cause: Cause) -> None:
        style = {Status.FAIL: "bold red", Status.WARN: "bold yellow"}.get(
            cause.status or Status.PASS, "bold yellow"
        )
        mark = self._marks.unknown if cause.status is None else self._marks.bad
        self._page.blank()
        self._page.prose(cause.summary, style="bold", lead=[(f"{mark} {cause.code}  ", style)])
        self.evidence(cause.evidence)
        self.fix(cause.fix)
        self._effects(cause.effects)

    def evidence(self, evidence: Sequence[Evidence]) -> None:
        shown = evidence if self._verbose else evidence[:_MOST_EVIDENCE]
        for item in shown:
            when = f", {item.when:%Y-%m-%d %H:%M:%S %Z}".rstrip() if item.when else ""
            self._page.prose(f"{item.where}{when}", style="dim", indent=2)
            self._verbatim(item.text)
        self._left_out(len(evidence) - len(shown), "piece")

    def fix(self, fix: Fix | None) -> None:
        if fix is None:
            return
        self._page.prose(fix.text, indent=2, lead=[("To do: ", "bold green")])
        for command in fix.commands:
            self._page.command(command, indent=4)

    def _effects(self, effects: Sequence[Effect]) -> None:
        if not effects:
            return
        self._page.prose("This explains:", indent=2, style="bold")
        by_summary: dict[str, list[str]] = {}
        for effect in effects:
            by_summary.setdefault(effect.summary, []).append(effect.code)
        told = list(by_summary.items()) if self._verbose else _alike(by_summary)
        shown = told if self._verbose else told[:_MOST_EFFECTS]
        for summary, codes in shown:
            names = code_ranges(list(dict.fromkeys(codes)))
            self._page.prose(summary, indent=4, lead=[(f"{names}  ", "bold")])
        left = {code for _, codes in told[len(shown) :] for code in codes}
        self._left_out(len(left), "check", indent=4)

    def _verbatim(self, text: str) -> None:
        lines = text.strip("\n").split("\n")
        shown = lines if self._verbose else lines[:_MOST_LINES]
        kept = "\n".join(shown)
        cut = kept if self._verbose else kept[:_MOST_CHARACTERS]
        self._page.verbatim(cut, indent=4, gutter=self._marks.gutter)
        if len(cut) < len(kept):
            self._left_out(len(kept) - len(cut), "character")
        else:
            self._left_out(len(lines) - len(shown), "line")

    def _left_out(self, count: int, what: str, *, indent: int = 4) -> None:
        if count > 0:
            things, them = (what, "it") if count == 1 else (f"{what}s", "them")
            text = f"{self._marks.more} {count} more {things}: --verbose shows {them}"
            self._page.prose(text, style="dim", indent=indent)

    def _section(self, title: str) -> None:
        self._page.blank()
        self._page.prose(title, style="bold underline")

    def _foot(self, report: Report) -> None:
        self._page.blank()
        for note in report.notes:
            self._page.prose(note, lead=[("Note: ", "bold")])
        self._page.prose(
            f"wcsdiag {report.tool_version}, {report.started:%Y-%m-%d %H:%M:%S %Z}, "
            f"{report.duration_s:.1f} s, exit code {report.exit_code}. "
            "`wcsdiag explain CODE` says more about a check.",
            style="dim",
        )


def _summaries(report: Report) -> Iterator[str]:
    for cause in report.causes:
        yield cause.summary
        yield from (effect.summary for effect in cause.effects)


def _alike(by_summary: Mapping[str, list[str]]) -> list[tuple[str, list[str]]]:
    """Summaries with their codes; of those of the same checks, the first and how many more."""
    by_codes: dict[tuple[str, ...], list[str]] = {}
    for summary, codes in by_summary.items():
        by_codes.setdefault(tuple(dict.fromkeys(codes)), []).append(summary)
    return [
        (first if not others else f"{first} (and {len(others)} more like it)", list(codes))
        for codes, (first, *others) in by_codes.items()
    ]


def _tally(report: Report) -> str:
    statuses = Counter(result.status for result in report.results)
    runs = Counter(result.run for result in report.results)
    counts = (
        (statuses[Status.FAIL], "failed"),
        (statuses[Status.WARN], "warned"),
        (statuses[Status.PASS], "passed"),
        (runs[Run.UNDETERMINED], "unjudged"),
        (runs[Run.SKIPPED], "skipped"),
        (runs[Run.BROKEN], "broke"),
    )
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    faults = sum(cause.status is not None for cause in report.causes)
    causes = "1 cause" if faults == 1 else f"{faults} causes"
    return f"{causes}; {told}" if faults and told else told or "nothing was checked"
