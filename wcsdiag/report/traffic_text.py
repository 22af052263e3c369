"""Hook traffic for a terminal: the verdict, what is wrong, the numbers, the sequences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from wcsdiag.hooks.exchange import Outcome
from wcsdiag.hooks.traffic import Flow, JudgedSequence, JudgedSession, State, Traffic
from wcsdiag.report.page import Look, Marks, Page, marks
from wcsdiag.report.traffic_problems import Problem, problems_of, seen_without_hooks
from wcsdiag.report.traffic_rows import add_numbers, add_rows
from wcsdiag.report.traffic_specimen import SpokenBySpecimens
from wcsdiag.report.traffic_steps import Gap, Step, rows_of, worst_first
from wcsdiag.report.traffic_words import (
    HEADLINES,
    NO_APP,
    NO_SESSION,
    SOURCES,
    Clock,
    counted,
    duration,
    outside,
    period_of,
    result,
    todo_of,
    verdict_of,
    zone_name,
)

FLOW_STYLES = {Flow.HEALTHY: "bold green", Flow.UNHEALTHY: "bold red", Flow.UNKNOWN: "bold yellow"}
_STATES = {State.COMPLETE: "green", State.OPEN: "yellow", State.BROKEN: "bold red"}
_MOST_PROBLEMS = 10
_MOST_SESSIONS = 10
_MOST_COMPLETE = 3
_MOST_SEQUENCES = 8
_MOST_STEPS = 14


class TrafficTextRenderer(SpokenBySpecimens):
    """Reads well at 80 columns and more."""

    def __init__(self, look: Look | None = None) -> None:
        self._look = look or Look()

    def render(self, traffic: Traffic) -> str:
        """The traffic as text, with escapes for colours where the look has them."""
        page = Page(self._look)
        writer = _Writer(page, marks(self._look), traffic)
        writer.headline()
        writer.problems()
        writer.details()
        return page.text()

    def render_details(self, traffic: Traffic) -> str:
        """The numbers, sequences and notes alone, beneath a judgement that was made elsewhere."""
        page = Page(self._look)
        writer = _Writer(page, marks(self._look), traffic)
        writer.origin()
        writer.details()
        return page.text()


class _Writer:
    def __init__(self, page: Page, symbols: Marks, traffic: Traffic) -> None:
        self._page = page
        self._marks = symbols
        self._traffic = traffic
        self._clock = Clock(traffic)

    def headline(self) -> None:
        traffic = self._traffic
        word, style = HEADLINES[traffic.flow], FLOW_STYLES[traffic.flow]
        self._page.prose(verdict_of(traffic), lead=[(f"{word}  ", style)])
        self.origin()
        if todo := todo_of(traffic):
            self._page.prose(todo, lead=[("To do: ", "bold green")])

    def origin(self) -> None:
        """Where the traffic was seen, and when."""
        traffic = self._traffic
        told = (SOURCES[traffic.source], outside(traffic.place), period_of(traffic))
        self._page.prose(", ".join(part for part in told if part), style="dim")

    def problems(self) -> None:
        problems = problems_of(self._traffic)
        for problem in problems[:_MOST_PROBLEMS]:
            self._problem(problem)
        if len(problems) > _MOST_PROBLEMS:
            self._page.blank()
        self._left_out(len(problems) - _MOST_PROBLEMS, "problem", indent=0)

    def _problem(self, problem: Problem) -> None:
        mark, style = self._marks.bad, "bold red"
        if not problem.is_certain:
            mark, style = self._marks.unknown, "bold yellow"
        elif problem.is_remark:
            mark, style = self._marks.note, "bold yellow"
        self._page.blank()
        self._page.prose(problem.summary, style="bold", lead=[(f"{mark} ", style)])
        if problem.detail:
            self._page.prose(problem.detail, indent=2)
        for line in problem.lines:
            self._page.prose(line, indent=4, style="dim")

    def details(self) -> None:
        add_numbers(self._page, self._traffic)
        self.sessions()
        self.notes()

    def sessions(self) -> None:
        if not self._traffic.sessions:
            return
        self._section("Sessions")
        shown = _worth_showing(self._traffic.sessions)
        for session in shown:
            self._session(session)
        left_out = self._traffic.session_count - len(shown)
        if left_out > 0:
            broken = sum(session.state is State.BROKEN for session in shown)
            of_them = self._traffic.broken_count - broken
            self._page.blank()
            tail = f" ({of_them:,} of them broken)" if of_them > 0 else ""
            self._left_out(left_out, "session", indent=0, tail=tail)

    def _session(self, session: JudgedSession) -> None:
        self._page.blank()
        name = outside(session.session_id, 200) if session.session_id else NO_SESSION
        app = outside(session.app_key, 80) if session.app_key else NO_APP
        self._page.prose(f"{app}, {session.state.value}", lead=[(f"{name}  ", "bold")])
        for sequence in session.sequences[:_MOST_SEQUENCES]:
            self._sequence(sequence)
        self._left_out(len(session.sequences) - _MOST_SEQUENCES, "sequence", indent=2)

    def _sequence(self, sequence: JudgedSequence) -> None:
        subject = f" {outside(sequence.subject, 120)}" if sequence.subject else ""
        first = next((each.sent_at for each in sequence.steps if each.sent_at), None)
        date = self._clock.date(first)
        lead = [(f"{outside(sequence.name, 80)}{subject}: ", "")]
        said = f"{sequence.state.value}, {date}" if date else sequence.state.value
        self._page.prose(said, style=_STATES[sequence.state], lead=lead, indent=2)
        rows = rows_of(sequence, _MOST_STEPS)
        for is_gap, group in groupby(rows, lambda row: isinstance(row, Gap)):
            if is_gap:
                count = sum(row.count for row in group if isinstance(row, Gap))
                self._left_out(count, "step", indent=4)
            else:
                self._steps([row for row in group if isinstance(row, Step)])

    def _steps(self, steps: list[Step]) -> None:
        add_rows(
            self._page,
            [self._row(step) for step in steps],
            right=(1, 2, 5, 6),
            indent=2,
            spare=(6, 2),
        )
        for step in steps:
            for fault in step.faults:
                mark = self._marks.bad if fault.is_certain else self._marks.unknown
                said = f"{outside(fault.step, 80)}, {fault.fault.value}: {outside(fault.detail)}"
                self._page.prose(said, indent=6, lead=[(f"{mark} ", "bold red")])

    def _row(self, step: Step) -> list[tuple[str, str]]:
        mark, style = self._mark(step)
        exchange = step.exchange
        if exchange is None:
            said = ("missing", style)
            return [(mark, style), ("", ""), ("", ""), (outside(step.method, 30), ""), said]
        date = self._clock.date(exchange.sent_at)
        when = f"{date} {self._clock.time(exchange.sent_at)}".strip()
        since = "" if step.since_s is None else f"{step.since_s:+.3f} s"
        return [
            (mark, style),
            (when, ""),
            (since, "dim"),
            (outside(step.method, 30), ""),
            (result(exchange), style),
            (duration(exchange.seconds), ""),
            (_sizes(exchange.request_bytes, exchange.answer_bytes), "dim"),
        ]

    def _mark(self, step: Step) -> tuple[str, str]:
        if step.is_bad:
            return self._marks.bad, "red"
        if step.faults:
            return self._marks.note, "yellow"
        if step.exchange and step.exchange.outcome is Outcome.UNKNOWN:
            return self._marks.unknown, "yellow"
        return self._marks.good, "green"

    def notes(self) -> None:
        self._page.blank()
        for text in seen_without_hooks(self._traffic):
            self._page.prose(text, lead=[("Seen without hooks: ", "bold")])
        for note in self._traffic.notes:
            self._page.prose(outside(note), lead=[("Note: ", "bold")])
        if self._traffic.omitted:
            kept = len(self._traffic.exchanges)
            text = f"{counted(kept, 'hook')} kept, {self._traffic.omitted:,} more only counted."
            self._page.prose(text, lead=[("Note: ", "bold")])
        if zone_name(self._traffic):
            self._page.prose(f"Times are in {zone_name(self._traffic)}.", style="dim")

    def _left_out(self, count: int, what: str, *, indent: int, tail: str = "") -> None:
        if count > 0:
            text = f"{self._marks.more} {counted(count, f'more {what}')}{tail}"
            self._page.prose(text, style="dim", indent=indent)

    def _section(self, title: str) -> None:
        self._page.blank()
        self._page.prose(title, style="bold underline")


def _worth_showing(sessions: Sequence[JudgedSession]) -> list[JudgedSession]:
    """The broken and the open ones, and enough of the complete ones to see how they look."""
    listed = worst_first(sessions)
    told = [session for session in listed if session.state is not State.COMPLETE]
    complete = [session for session in listed if session.state is State.COMPLETE]
    return (told + complete[:_MOST_COMPLETE])[:_MOST_SESSIONS]


def _sizes(sent: int | None, answered: int | None) -> str:
    if sent is None and answered is None:
        return ""
    return f"{'?' if sent is None else sent}/{'?' if answered is None else answered} B"
