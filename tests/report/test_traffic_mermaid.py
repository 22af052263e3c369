"""Hook traffic in Mermaid's language, by a line grammar that is stricter than Mermaid's own."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.report.traffic_samples import ALL, EMPTY, UNHEALTHY, exchange, huge
from wcsdiag.hooks.traffic import Traffic
from wcsdiag.report.traffic_mermaid import TrafficMermaidRenderer

# No character that means anything in Mermaid, but `#` and `;` of a character written as a number.
TEXT = r"(?:[\w .,:/()?=+'*@-]|#\d+;)+"
STATEMENT = re.compile(
    rf"    (?:(?:WCS->>WEB|WEB-->>WCS|WEB--xWCS|WCS-xWEB): {TEXT}"
    rf"|Note over WCS,WEB: {TEXT}(?:<br/>{TEXT})*)",
    re.ASCII,
)
HEAD = ["sequenceDiagram", "    participant WCS", "    participant WEB as web server"]


def lines_of(traffic: Traffic) -> list[str]:
    return TrafficMermaidRenderer().render(traffic).splitlines()


@pytest.mark.parametrize("traffic", ALL.values(), ids=ALL)
def test_every_line_is_a_statement_that_mermaid_reads(traffic: Traffic) -> None:
    head, body = lines_of(traffic)[:3], lines_of(traffic)[3:]

    assert head == HEAD
    assert [line for line in body if not STATEMENT.fullmatch(line)] == []


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a;b", "a#59;b"),
        ("a#b", "a#35;b"),
        ("%%{init}%%", "#37;#37;#123;init#125;#37;#37;"),
        ("<script>", "#60;script#62;"),
        ("style a", "#115;tyle a"),
        ("two\nlines", "two#92;nlines"),
    ],
)
def test_what_mermaid_would_read_as_its_own_is_written_as_numbers(name: str, written: str) -> None:
    traffic = replace(UNHEALTHY, sessions=(), broken_steps=(), exchanges=(), place=name)

    assert any(line.startswith(f"    Note over WCS,WEB: {written}") for line in lines_of(traffic))


def test_an_answer_a_failure_and_a_missing_step_look_different() -> None:
    lines = lines_of(UNHEALTHY)

    assert "    WCS->>WEB: 16:54:34.197 call" in lines
    assert "    WEB-->>WCS: 200, 5.1 ms" in lines
    assert "    WCS-xWEB: 16:54:38.597 hangup (refused)" in lines
    assert any("Note over WCS,WEB: CallStatusEvent, missing: " in line for line in lines)


def test_a_status_other_than_200_comes_back_as_a_lost_arrow() -> None:
    server_error = exchange("connect", status=500)
    sequence = replace(UNHEALTHY.sessions[0].sequences[0], steps=(server_error,), faults=())
    session = replace(UNHEALTHY.sessions[0], sequences=(sequence,))

    assert "    WEB--xWCS: 500, 5.1 ms" in lines_of(replace(UNHEALTHY, sessions=(session,)))


def test_no_traffic_is_a_diagram_that_says_so() -> None:
    assert lines_of(EMPTY)[3] == "    Note over WCS,WEB: COULD NOT TELL: no hooks seen"


def test_a_diagram_stays_below_what_mermaid_takes_and_counts_the_rest() -> None:
    text = TrafficMermaidRenderer().render(huge())

    assert len(text) < 50_000
    assert "49,988 more sessions" in text


def test_a_diagram_that_would_be_too_long_says_that_it_ends() -> None:
    long = exchange(";" * 500)
    sequence = replace(UNHEALTHY.sessions[0].sequences[0], steps=(long,) * 24, faults=())
    session = replace(UNHEALTHY.sessions[0], sequences=(sequence,) * 6)

    text = TrafficMermaidRenderer().render(replace(UNHEALTHY, sessions=(session,) * 12))

    assert len(text) < 50_000
    assert text.endswith("the rest does not fit into a diagram\n")
