"""Hook traffic as one self-contained page: no script, nothing loaded, readable on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from wcsdiag.hooks.traffic import (
    Flow,
    JudgedSequence,
    JudgedSession,
    SequenceFault,
    State,
    Traffic,
)
from wcsdiag.report.traffic_markup import Inside, Markup, joined, tag
from wcsdiag.report.traffic_plot import latency_plot
from wcsdiag.report.traffic_problems import Problem, problems_of, seen_without_hooks
from wcsdiag.report.traffic_specimen import SpokenBySpecimens
from wcsdiag.report.traffic_steps import rows_of, worst_first
from wcsdiag.report.traffic_style import STYLE
from wcsdiag.report.traffic_svg import sequence_diagram
from wcsdiag.report.traffic_tables import exchanges_table, numbers_table
from wcsdiag.report.traffic_words import (
    HEADLINES,
    NO_APP,
    NO_SESSION,
    SOURCES,
    Clock,
    counted,
    outside,
    period_of,
    todo_of,
    verdict_of,
    zone_name,
)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLES = {Flow.HEALTHY: "good", Flow.UNHEALTHY: "bad", Flow.UNKNOWN: "doubt"}
_STATES = {State.COMPLETE: "good", State.OPEN: "doubt", State.BROKEN: "bad"}
_MOST_PROBLEMS = 50
_MOST_SESSIONS = 12
_MOST_SEQUENCES = 6
_MOST_STEPS = 36
_STEPS_IN_DIAGRAM = 12


class TrafficHtmlRenderer(SpokenBySpecimens):
    """For a browser and for paper. What does not fit is counted.

    `flow` is the verdict where more than the traffic was judged.
    """

    def __init__(self, flow: Flow | None = None) -> None:
        self._flow = flow

    def render(self, traffic: Traffic) -> str:
        """One HTML document."""
        flow = self._flow or traffic.flow
        title = f"{HEADLINES[flow]}: hook traffic, {outside(traffic.place, 120)}"
        todo = "" if self._flow else todo_of(traffic)
        head = tag(
            "head",
            tag("meta", charset="utf-8"),
            Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="referrer", content="no-referrer"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("title", title),
            tag("style", Markup(STYLE)),
        )
        body = tag("body", _headline(traffic, flow, todo), tag("main", *_sections(traffic)))
        return f"<!doctype html>\n{tag('html', head, body, lang='en').text}\n"


def _headline(traffic: Traffic, flow: Flow, todo: str) -> Markup:
    word = tag("span", HEADLINES[flow], class_=f"verdict {_STYLES[flow]}")
    told = (SOURCES[traffic.source], period_of(traffic))
    return tag(
        "header",
        tag("p", "Hook traffic of Web Call Server", class_="quiet"),
        tag("h1", outside(traffic.place) or "Hook traffic"),
        tag("p", word, f" {verdict_of(traffic)}", class_="lead"),
        tag("p", ", ".join(part for part in told if part), class_="origin"),
        tag("p", tag("b", "To do: "), todo) if todo else "",
    )


def _sections(traffic: Traffic) -> Iterator[Markup]:
    problems = problems_of(traffic)
    if problems:
        yield _section("What is wrong", *_problems(problems))
    if traffic.numbers:
        yield _section("Numbers", numbers_table(traffic))
    plot = latency_plot(traffic)
    if plot:
        caption = tag("figcaption", plot.caption)
        yield _section("Latency", tag("figure", plot.drawing, caption))
    if traffic.sessions:
        yield _section("Sequences", *_sessions(traffic))
    if traffic.exchanges:
        yield _section("Exchanges", exchanges_table(traffic))
    notes = list(_notes(traffic))
    if notes:
        yield _section("Notes", tag("ul", *(tag("li", note) for note in notes)))


def _section(title: str, *inside: Inside) -> Markup:
    return tag("section", tag("h2", title), *inside)


def _problems(problems: Sequence[Problem]) -> Iterator[Markup]:
    yield tag("ul", *(_problem(each) for each in problems[:_MOST_PROBLEMS]), class_="problems")
    yield _left_out(len(problems) - _MOST_PROBLEMS, "problem")


def _problem(problem: Problem) -> Markup:
    return tag(
        "li",
        tag("h3", problem.summary),
        tag("p", problem.detail) if problem.detail else "",
        *(tag("p", line, class_="seen") for line in problem.lines),
        class_=None if problem.is_certain and not problem.is_remark else "remark",
    )


def _sessions(traffic: Traffic) -> Iterator[Markup]:
    shown = worst_first(traffic.sessions)[:_MOST_SESSIONS]
    numbers = count(1)
    for place, session in enumerate(shown):
        is_open = not place or session.state is State.BROKEN
        yield _session(session, Clock(traffic), numbers, is_open=is_open)
    yield _left_out(traffic.session_count - len(shown), "session")


def _session(
    session: JudgedSession, clock: Clock, numbers: Iterator[int], *, is_open: bool
) -> Markup:
    name = outside(session.session_id, 200) if session.session_id else NO_SESSION
    app = outside(session.app_key, 80) if session.app_key else NO_APP
    state = tag("span", session.state.value, class_=_STATES[session.state])
    shown = session.sequences[:_MOST_SEQUENCES]
    figures = [figure for each in shown for figure in _figures(each, clock, numbers)]
    return tag(
        "details",
        tag("summary", f"{name}, {app}: ", state),
        tag("div", *figures, class_="sequences"),
        _left_out(len(session.sequences) - len(shown), "sequence"),
        open="open" if is_open else None,
    )


def _figures(sequence: JudgedSequence, clock: Clock, numbers: Iterator[int]) -> Iterator[Markup]:
    """Short diagrams, so that each fits on a page of paper; the faults stand under the last."""
    name = f"{outside(sequence.name, 80)} {outside(sequence.subject, 120)}".strip()
    rows = rows_of(sequence, _MOST_STEPS)
    parts = [rows[n : n + _STEPS_IN_DIAGRAM] for n in range(0, len(rows), _STEPS_IN_DIAGRAM)] or [
        []
    ]
    for place, part in enumerate(parts):
        tail = f" ({place + 1} of {len(parts)})" if len(parts) > 1 else ""
        state = tag("span", sequence.state.value, class_=_STATES[sequence.state])
        date = clock.date(next((s.sent_at for s in sequence.steps), None)) if not place else ""
        head = tag("p", f"{name}{tail}: ", state, f", {date}" if date else "")
        drawing = sequence_diagram(name, part, next(numbers), clock) if part else ""
        faults = _faults(sequence.faults) if place == len(parts) - 1 else ""
        yield tag("figure", head, drawing, tag("figcaption", faults))


def _faults(faults: Sequence[SequenceFault]) -> Markup:
    return joined(
        tag(
            "p",
            tag("b", f"{outside(fault.step, 80)}, {fault.fault.value}: "),
            outside(fault.detail),
        )
        for fault in faults[:_MOST_STEPS]
    )


def _notes(traffic: Traffic) -> Iterator[str]:
    yield from (f"Seen without hooks: {each}" for each in seen_without_hooks(traffic))
    yield from (outside(note) for note in traffic.notes)
    if traffic.omitted:
        kept = counted(len(traffic.exchanges), "exchange")
        yield f"{kept} kept, {traffic.omitted:,} more only counted."
    if zone_name(traffic):
        yield f"Times are in {zone_name(traffic)}."


def _left_out(number: int, what: str) -> Markup:
    if number <= 0:
        return Markup("")
    return tag("p", f"and {counted(number, f'more {what}')}", class_="quiet")
