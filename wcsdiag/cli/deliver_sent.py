"""What was sent, what came, and what is wrong with it, brought to where it was asked for."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wcsdiag.cli.debug import current_redactor
from wcsdiag.cli.deliver_traffic import INTERRUPTED, UNDETERMINED
from wcsdiag.cli.messages import tell
from wcsdiag.cli.settings import TrafficOutput
from wcsdiag.cli.stream import look_of, write_file, write_out
from wcsdiag.hooks.traffic import Flow, Traffic
from wcsdiag.report.interface import TrafficFormat, TrafficRenderer
from wcsdiag.report.page import Look, Marks, Page, marks
from wcsdiag.report.traffic_text import FLOW_STYLES, TrafficTextRenderer
from wcsdiag.report.traffic_words import HEADLINES, counted
from wcsdiag.sender.remarks import Remark, Tone, as_data

_SPOKEN = (
    "judgement verdict exit_code remarks tone subject text mend count To do times healthy wrong "
    "unhealthy could not tell undetermined interrupted good note contract second connection "
    "signature latency sending"
)
_FLOWS = {0: Flow.HEALTHY, 1: Flow.UNHEALTHY, UNDETERMINED: Flow.UNKNOWN}
_STYLES = {
    Tone.GOOD: "green",
    Tone.NOTE: "yellow",
    Tone.UNKNOWN: "bold yellow",
    Tone.WRONG: "bold red",
}


def deliver_sent(
    traffic: Traffic,
    remarks: Sequence[Remark],
    output: TrafficOutput,
    *,
    was_interrupted: bool = False,
) -> int:
    """Print or write both, and give the exit code, the same in every format."""
    from wcsdiag.report.traffic import traffic_renderer

    cleaned = [_cleaned(remark) for remark in remarks]
    code = INTERRUPTED if was_interrupted else exit_code(traffic, cleaned)
    look = Look() if output.file else look_of(sys.stdout, os.environ)
    judged = _Judged(tuple(cleaned), exit_code(traffic, cleaned), code)
    renderer = traffic_renderer(output.format, look, judged.flow)
    text = _text(traffic, judged, output.format, renderer, look)
    text = current_redactor().scan(text, f"{renderer.spoken} {_SPOKEN}")
    if output.file is None:
        write_out(text)
    else:
        write_file(output.file, text)
        tell(f"{judged.flow.value}; the hooks and their answers are in {output.file}")
    return code


def exit_code(traffic: Traffic, remarks: Sequence[Remark]) -> int:
    """1 where anything is wrong, 3 where something could not be told, else 0.

    A step that is missing is none of the web server's: what was not sent cannot be answered.
    """
    tones = {remark.tone for remark in remarks}
    if Tone.WRONG in tones or traffic.failed:
        return 1
    if Tone.UNKNOWN in tones or traffic.flow is Flow.UNKNOWN:
        return UNDETERMINED
    return 0


def _cleaned(remark: Remark) -> Remark:
    clean = current_redactor().clean
    return replace(
        remark, subject=clean(remark.subject), text=clean(remark.text), mend=clean(remark.mend)
    )


@dataclass(frozen=True)
class _Judged:
    """The judgement: `verdict` is its exit code, `code` that of the program."""

    remarks: tuple[Remark, ...]
    verdict: int
    code: int

    @property
    def flow(self) -> Flow:
        """It in one word."""
        return _FLOWS[self.verdict]

    @property
    def was_interrupted(self) -> bool:
        """True where the judgement is of a part."""
        return self.code == INTERRUPTED


def _text(
    traffic: Traffic, judged: _Judged, kind: TrafficFormat, renderer: TrafficRenderer, look: Look
) -> str:
    if kind is TrafficFormat.TEXT:
        return _page(judged, traffic, look) + TrafficTextRenderer(look).render_details(traffic)
    if kind is TrafficFormat.JSON:
        judgement = {
            "verdict": judged.flow.value,
            "interrupted": judged.was_interrupted,
            "exit_code": judged.code,
            "remarks": as_data(judged.remarks),
        }
        document = {"judgement": judgement, "traffic": json.loads(renderer.render(traffic))}
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    lines = tuple(_line(remark) for remark in judged.remarks)
    return renderer.render(replace(traffic, notes=(*lines, *traffic.notes)))


def _page(judged: _Judged, traffic: Traffic, look: Look) -> str:
    page, symbols = Page(look), marks(look)
    word, style = HEADLINES[judged.flow], FLOW_STYLES[judged.flow]
    said = f"{counted(traffic.count, 'hook')}: {traffic.place}"
    if judged.was_interrupted:
        said = f"interrupted after {said}"
    page.prose(said, lead=[(f"{word}  ", style)])
    page.blank()
    for remark in _alike_together(judged.remarks):
        lead = [(f"{_mark(remark.tone, symbols)} {remark.subject}  ", _STYLES[remark.tone])]
        page.prose(_counted(remark), lead=lead)
        if remark.mend:
            page.prose(remark.mend, indent=2, lead=[("To do: ", "bold green")])
    page.blank()
    return page.text()


def _alike_together(remarks: Sequence[Remark]) -> list[Remark]:
    """Remarks that differ in their subject alone, as one."""
    subjects: dict[tuple[Tone, str, str], list[Remark]] = {}
    for remark in remarks:
        subjects.setdefault((remark.tone, remark.text, remark.mend), []).append(remark)
    return [
        replace(
            alike[0],
            subject=", ".join(dict.fromkeys(each.subject for each in alike)),
            count=sum(each.count for each in alike),
        )
        for alike in subjects.values()
    ]


def _mark(tone: Tone, symbols: Marks) -> str:
    return {
        Tone.GOOD: symbols.good,
        Tone.NOTE: symbols.note,
        Tone.UNKNOWN: symbols.unknown,
        Tone.WRONG: symbols.bad,
    }[tone]


def _counted(remark: Remark) -> str:
    return f"{remark.text} ({remark.count} times)" if remark.count > 1 else remark.text


def _line(remark: Remark) -> str:
    mend = f" To do: {remark.mend}" if remark.mend else ""
    return f"{remark.tone.value}: {remark.subject}: {_counted(remark)}{mend}"
