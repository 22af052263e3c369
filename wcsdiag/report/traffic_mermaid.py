"""Hook traffic as a sequence diagram in the language of Mermaid.

Grammar: https://mermaid.js.org/syntax/sequenceDiagram.html. A diagram of more than 50,000
characters is refused by Mermaid's default `maxTextSize`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from wcsdiag.hooks.exchange import Exchange, Outcome
from wcsdiag.hooks.traffic import Flow, JudgedSequence, JudgedSession, Traffic
from wcsdiag.report.traffic_problems import problems_of
from wcsdiag.report.traffic_specimen import SpokenBySpecimens
from wcsdiag.report.traffic_steps import Gap, Step, rows_of, worst_first
from wcsdiag.report.traffic_words import (
    HEADLINES,
    NO_APP,
    NO_SESSION,
    Clock,
    counted,
    duration,
    outside,
    period_of,
    result,
    verdict_of,
)

_MOST_CHARACTERS = 40_000
_MOST_PROBLEMS = 6
_MOST_SESSIONS = 12
_MOST_SEQUENCES = 6
_MOST_STEPS = 24
_LONGEST = 160
_LINE = 60
_OVER = "    Note over WCS,WEB: "

# Mermaid reads `#59;` as the character of that number. What may have a meaning of its own anywhere
# in its grammar is written so, and words that change how what follows them is read.
_UNSAFE = re.compile(r"[^\w .,:/()?=+'*@-]|style|classDef|wrap", re.ASCII)


class TrafficMermaidRenderer(SpokenBySpecimens):
    """The worst sessions first, as many as Mermaid takes.

    `flow` is the verdict where more than the traffic was judged.
    """

    def __init__(self, flow: Flow | None = None) -> None:
        self._flow = flow

    def render(self, traffic: Traffic) -> str:
        """The diagram; what does not fit is counted in its last note."""
        lines = [
            "sequenceDiagram",
            "    participant WCS",
            "    participant WEB as web server",
        ]
        left = _MOST_CHARACTERS - sum(len(line) + 1 for line in lines)
        for line in _lines(traffic, self._flow or traffic.flow):
            left -= len(line) + 1
            if left < 0:
                lines.append(f"{_OVER}the rest does not fit into a diagram")
                break
            lines.append(line)
        return "\n".join(lines) + "\n"


def _lines(traffic: Traffic, flow: Flow) -> Iterator[str]:
    yield _note(f"{HEADLINES[flow]}: {verdict_of(traffic)}", 400)
    place = ", ".join(part for part in (traffic.place, period_of(traffic)) if part)
    if place:
        yield _note(place, 300)
    problems = problems_of(traffic)
    for problem in problems[:_MOST_PROBLEMS]:
        yield _note(problem.summary, 300)
    if len(problems) > _MOST_PROBLEMS:
        yield _note(f"{counted(len(problems) - _MOST_PROBLEMS, 'more problem')}")
    clock = Clock(traffic)
    shown = worst_first(traffic.sessions)[:_MOST_SESSIONS]
    for session in shown:
        yield from _session(session, clock)
    if traffic.session_count > len(shown):
        yield _note(f"{counted(traffic.session_count - len(shown), 'more session')}")


def _session(session: JudgedSession, clock: Clock) -> Iterator[str]:
    name = session.session_id or NO_SESSION
    yield _note(f"session {name}, {session.app_key or NO_APP}, {session.state.value}")
    for sequence in session.sequences[:_MOST_SEQUENCES]:
        yield from _sequence(sequence, clock)
    left_out = len(session.sequences) - _MOST_SEQUENCES
    if left_out > 0:
        yield _note(counted(left_out, "more sequence"))


def _sequence(sequence: JudgedSequence, clock: Clock) -> Iterator[str]:
    subject = f" {sequence.subject}" if sequence.subject else ""
    yield _note(f"{sequence.name}{subject}: {sequence.state.value}")
    for row in rows_of(sequence, _MOST_STEPS):
        if isinstance(row, Gap):
            yield _note(counted(row.count, "more step"))
        else:
            yield from _step(row, clock)


def _step(step: Step, clock: Clock) -> Iterator[str]:
    if step.exchange is not None:
        yield from _arrows(step.exchange, clock)
    for fault in step.faults:
        said = f"{fault.fault.value}: {fault.detail}" if fault.detail else fault.fault.value
        yield _note(f"{fault.step}, {said}", 240)


def _arrows(exchange: Exchange, clock: Clock) -> Iterator[str]:
    hook = f"{clock.time(exchange.sent_at)} {exchange.method}".strip()
    came = exchange.status is not None and exchange.failure is None
    end = ", ".join(part for part in (result(exchange), duration(exchange.seconds)) if part)
    if came or exchange.outcome is Outcome.ANSWERED:
        yield f"    WCS->>WEB: {_safe(hook)}"
        back = "->>" if exchange.outcome is Outcome.ANSWERED else "-x"
        yield f"    WEB-{back}WCS: {_safe(end)}"
    else:
        yield f"    WCS-xWEB: {_safe(f'{hook} ({end})')}"


def _note(text: str, most: int = _LONGEST) -> str:
    """Mermaid breaks no lines, and a diagram is as wide as its longest."""
    lines = textwrap.wrap(outside(text, most), _LINE, break_on_hyphens=False) or [""]
    return f"{_OVER}{'<br/>'.join(map(_safe, lines))}"


def _safe(text: str) -> str:
    """A text that Mermaid shows as it is; never empty, which its grammar does not allow."""
    return _UNSAFE.sub(_numbered, outside(text, _LONGEST)).strip() or "?"


def _numbered(found: re.Match[str]) -> str:
    text = found[0]
    return f"#{ord(text[0])};{text[1:]}"
