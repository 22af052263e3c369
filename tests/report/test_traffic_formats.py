"""Hook traffic as text and as JSON, and what holds for every format."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.report.traffic_samples import (
    ALL,
    BEGAN,
    BROKEN_STEP,
    CALL,
    CONNECTION,
    EMPTY,
    HEALTHY,
    NASTY,
    NO_STATUS_EVENT,
    REFUSED,
    SECRET,
    SERVER_ERROR,
    UNHEALTHY,
    URL,
    exchange,
    hostile,
    huge,
    session,
)
from wcsdiag.hooks.exchange import Source
from wcsdiag.hooks.traffic import BadAnswers, JudgedSequence, State, Traffic
from wcsdiag.redact import Redactor, Secret
from wcsdiag.report.interface import TrafficFormat
from wcsdiag.report.page import Look
from wcsdiag.report.traffic import traffic_renderer
from wcsdiag.report.traffic_json import TrafficJsonRenderer
from wcsdiag.report.traffic_schema import TRAFFIC_SCHEMA, traffic_schema_text
from wcsdiag.report.traffic_steps import Gap, Step, rows_of
from wcsdiag.report.traffic_text import TrafficTextRenderer

GOLDEN = Path(__file__).parent / "golden_traffic"
SAMPLES = pytest.mark.parametrize("traffic", ALL.values(), ids=ALL)
FORMATS = pytest.mark.parametrize("kind", TrafficFormat)


def text_of(traffic: Traffic, width: int = 80) -> str:
    return TrafficTextRenderer(Look(width=width)).render(traffic)


def golden_files() -> list[tuple[str, TrafficFormat]]:
    """Each file is `<sample>.<format>`: adding a case is adding a file."""
    names = (path.name.partition(".") for path in sorted(GOLDEN.iterdir()))
    return [(sample, TrafficFormat(kind)) for sample, _, kind in names]


@pytest.mark.parametrize(("sample", "kind"), golden_files())
def test_traffic_looks_as_its_golden_file(sample: str, kind: TrafficFormat) -> None:
    expected = (GOLDEN / f"{sample}.{kind.value}").read_text(encoding="utf-8")

    assert traffic_renderer(kind, Look()).render(ALL[sample]) == expected


@SAMPLES
@FORMATS
def test_every_format_shows_every_traffic_as_one_text(
    traffic: Traffic, kind: TrafficFormat
) -> None:
    text = traffic_renderer(kind, Look()).render(traffic)

    assert text.endswith("\n")
    assert not set("\x00\x07\x1b\x9b\ud800\u202e") & set(text)


@FORMATS
def test_no_format_shows_a_secret_of_a_body_or_a_url(kind: TrafficFormat) -> None:
    seen = replace(
        SERVER_ERROR,
        url=f"http://user:{SECRET}@backend.example.com/EchoApp/connect?token={SECRET}",
        error=f'HTTP 403 {{"password": "{SECRET}"}}',
        answer_text=f'{{"credentials": ["{SECRET}"], "authorization": "{SECRET}"}}',
    )
    traffic = replace(UNHEALTHY, exchanges=(seen,), notes=(f"Authorization: {SECRET}",))

    assert SECRET not in traffic_renderer(kind, Look()).render(traffic)


@FORMATS
@pytest.mark.parametrize("word", ["healthy", "connect", "participant", "viewBox", "schema_version"])
def test_a_secret_that_is_a_word_of_the_format_does_not_break_it(
    kind: TrafficFormat, word: str
) -> None:
    renderer = traffic_renderer(kind, Look())
    redactor = Redactor()
    redactor.learn(Secret(word))
    text = renderer.render(HEALTHY)

    if word in renderer.spoken:
        assert redactor.scan(text, renderer.spoken) == text
    else:
        assert word not in text


@pytest.mark.parametrize("look", [Look(), Look(colour=True), Look(encoding="ascii")])
def test_text_from_outside_cannot_command_the_terminal(look: Look) -> None:
    text = TrafficTextRenderer(look).render(hostile(NASTY))

    assert "\x1b]" not in text
    assert "\\x1b]0;title\\x07" in text
    assert ("\x1b[" in text) == look.colour
    text.encode(look.encoding)


def test_the_first_lines_say_what_flows_and_what_does_not() -> None:
    lines = text_of(UNHEALTHY, width=160).splitlines()

    assert lines[0] == (
        "UNHEALTHY  60 hooks in 12.0 s, 2 failed; outgoing call: CallStatusEvent is missing in "
        "1 of 3 sessions; 1 attempt to connect failed"
    )
    assert lines[1].startswith("read from a capture, wcs1.example.com: trace.pcap, 2026-03-01")


def test_nothing_seen_is_not_told_as_healthy() -> None:
    assert text_of(EMPTY).startswith("COULD NOT TELL  no hooks seen\n")


def test_a_step_that_may_be_missing_is_told_as_a_doubt() -> None:
    doubt = replace(NO_STATUS_EVENT, is_certain=False)
    traffic = replace(HEALTHY, session_count=3, broken_steps=(replace(BROKEN_STEP, example=doubt),))

    text = text_of(traffic)

    assert text.startswith("HEALTHY")
    assert "? outgoing call: CallStatusEvent may be missing in 1 of 3 sessions" in text


def test_failed_hooks_that_are_alike_are_told_once() -> None:
    failed = tuple(exchange("connect", number, status=503) for number in range(40))
    traffic = replace(UNHEALTHY, exchanges=failed)

    text = text_of(traffic)

    assert text.count("connect failed 40 times: the web server answered 503") == 1
    assert "2026-03-01 16:54:29, last at 2026-03-01 16:55:08, frame 0" in text


def test_failed_hooks_that_were_not_kept_are_counted() -> None:
    assert "2 more hooks failed: they were counted, not kept" in text_of(
        replace(UNHEALTHY, exchanges=CONNECTION)
    )


def test_answers_against_the_contract_are_told_unless_they_are_failures_told_already() -> None:
    bad = (BadAnswers("the status is not 200: 500", 1), BadAnswers("the body is empty: no body", 2))

    text = text_of(replace(HEALTHY, violations=bad))

    assert text.startswith("HEALTHY")
    assert "! 2 answers against the contract: the body is empty: no body" in text
    assert "not 200" not in text


def test_answers_that_wcs_cannot_work_with_are_the_verdict() -> None:
    page = BadAnswers("the body is an HTML page: <html>", 2, are_unusable=True)

    text = text_of(replace(HEALTHY, violations=(page,)))

    assert text.startswith("UNHEALTHY")
    assert "2 answers that WCS cannot work with: the body is an HTML page: <html>" in text


def test_a_missing_step_stands_where_it_belongs() -> None:
    text = text_of(UNHEALTHY).split("Sessions\n")[1]

    order = [text.index(step) for step in ("call  ", "CallStatusEvent  missing", "hangup  ")]

    assert order == sorted(order)


@pytest.mark.parametrize(("position", "place"), [(0, 0), (1, 1), (None, 2), (99, 2), (-1, 0)])
def test_a_missing_step_without_a_good_place_stands_at_the_end_that_is_near(
    position: int | None, place: int
) -> None:
    fault = replace(NO_STATUS_EVENT, position=position)

    rows = rows_of(replace(CALL, faults=(fault,)), 10)

    missing = [row for row in rows if isinstance(row, Step) and row.exchange is None]
    assert [rows.index(row) for row in missing] == [place]


def test_steps_at_fault_are_shown_before_others() -> None:
    steps = (*(exchange("call", number) for number in range(50)), REFUSED)
    fault = replace(NO_STATUS_EVENT, position=30)

    rows = rows_of(replace(CALL, steps=steps, faults=(fault,)), 5)

    assert [row.count if isinstance(row, Gap) else row.method for row in rows] == [
        *["call"] * 3,
        27,
        "CallStatusEvent",
        20,
        "hangup",
    ]


def test_the_date_is_told_where_it_changes() -> None:
    steps = (exchange("call", 0.0), exchange("hangup", 86_400.0), exchange("hangup", 86_401.0))
    sequence = JudgedSequence("outgoing call", "", State.COMPLETE, steps)

    text = text_of(replace(HEALTHY, sessions=(session(sequence=sequence),)))

    rows = [line for line in text.splitlines() if " 200 " in line]
    assert "outgoing call: complete, 2026-03-01" in text
    assert not any("2026-03-01" in row for row in rows)
    assert ["2026-03-02" in row for row in rows] == [False, True, False]


def test_moments_of_another_zone_are_told_in_that_of_the_trace() -> None:
    there = BEGAN.astimezone(timezone(timedelta(hours=9)))
    traffic = replace(HEALTHY, exchanges=(replace(SERVER_ERROR, sent_at=there),))

    assert "2026-03-01 16:54:29" in text_of(traffic).split("connect failed")[1]


def test_columns_stand_under_one_another() -> None:
    lines = text_of(UNHEALTHY).splitlines()
    head = next(number for number, line in enumerate(lines) if "last seen" in line)

    rows = lines[head + 2 : head + 7]

    ends = {line.index("16:54:41") for line in rows}
    assert ends == {lines[head].index("last seen")}
    assert max(map(len, rows)) <= 80


def test_long_urls_stay_whole() -> None:
    long = f"{URL}/{'path/' * 30}connect"
    traffic = replace(UNHEALTHY, exchanges=(replace(SERVER_ERROR, url=long),))

    assert long in text_of(traffic)


def test_what_is_not_shown_is_counted() -> None:
    text = text_of(huge())

    assert "more problems" in text
    assert "49,990 more sessions" in text
    assert "586 more steps" in text
    assert "800 hooks kept, 100,000 more only counted." in text
    assert len(text.splitlines()) < 400


@SAMPLES
def test_json_is_one_document_of_the_published_schema(traffic: Traffic) -> None:
    validator = Draft202012Validator(
        json.loads(traffic_schema_text()), format_checker=Draft202012Validator.FORMAT_CHECKER
    )

    text = TrafficJsonRenderer().render(replace(traffic, sessions=traffic.sessions[:5]))

    validator.validate(json.loads(text))
    assert text.isascii()


def test_the_schema_is_itself_valid_and_closed() -> None:
    Draft202012Validator.check_schema(TRAFFIC_SCHEMA)
    schema = json.loads(traffic_schema_text())
    assert schema["additionalProperties"] is False
    assert all(each["additionalProperties"] is False for each in schema["$defs"].values())


def test_json_gives_what_was_seen() -> None:
    seen = json.loads(TrafficJsonRenderer().render(UNHEALTHY))

    assert (seen["flow"], seen["count"], seen["failed"]) == ("unhealthy", 60, 2)
    assert seen["began"] == "2026-03-01T16:54:29.197000+00:00"
    refused = seen["exchanges"][4]
    assert (refused["outcome"], refused["failure"]) == ("failed", "refused")
    assert refused["error"] == REFUSED.error
    assert refused["request"]["appKey"] == "defaultApp"
    assert seen["sessions"][0]["sequences"][0]["faults"][0]["step"] == "CallStatusEvent"


@pytest.mark.parametrize(
    "answer",
    [
        '{"a": NaN, "b": -Infinity, "c": 1e999}',
        '{"a":' * 900 + "1" + "}" * 900,
        '{"a":' * 100_000,
        '{"a": ' + "9" * 4000 + "}",
        '{"half": "\\ud800"}',
        "\ufeff{}",
        '{"cut": "of',
        "<html>",
        "",
    ],
    ids=["nan", "deep", "deeper", "long number", "half pair", "bom", "cut", "html", "empty"],
)
def test_json_carries_any_answer(answer: str) -> None:
    traffic = replace(UNHEALTHY, exchanges=(replace(SERVER_ERROR, answer_text=answer),))

    json.loads(TrafficJsonRenderer().render(traffic))


@FORMATS
@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0, 0.0, 1e-9, 1e12])
def test_any_latency_can_be_shown(kind: TrafficFormat, seconds: float) -> None:
    odd = tuple(replace(each, seconds=seconds) for each in CONNECTION)
    traffic = replace(
        HEALTHY,
        exchanges=(*odd, *CONNECTION),
        numbers=tuple(replace(each, p95_s=seconds) for each in HEALTHY.numbers),
    )

    text = traffic_renderer(kind, Look()).render(traffic)

    assert "nan" not in text.lower().replace("nano", "")


@FORMATS
def test_moments_at_the_ends_of_time_and_without_a_zone_can_be_shown(kind: TrafficFormat) -> None:
    moments = (
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=12))),
        BEGAN.replace(tzinfo=None),
        None,
    )
    odd = tuple(replace(SERVER_ERROR, sent_at=moment) for moment in moments)

    assert traffic_renderer(kind, Look()).render(replace(UNHEALTHY, exchanges=odd))


def test_hooks_that_were_declined_are_counted_and_no_failures() -> None:
    first, *others = HEALTHY.numbers
    traffic = replace(HEALTHY, numbers=(replace(first, refused=2), *others))

    text = text_of(traffic)
    assert text.startswith("HEALTHY ")
    assert "2 declined with 403" in text
    assert "declined" in text.split("Numbers")[1].splitlines()[1]


@pytest.mark.parametrize("source", [Source.LOG, Source.CAPTURE])
def test_unhealthy_traffic_of_a_trace_says_what_to_do_next(source: Source) -> None:
    traffic = replace(UNHEALTHY, source=source)

    assert "To do: `wcsdiag all --host HOST` looks for the cause." in text_of(traffic)
    assert "To do: " not in text_of(replace(HEALTHY, source=source))


def test_few_of_the_complete_sessions_are_shown() -> None:
    complete = tuple(session(number) for number in range(8))
    traffic = replace(HEALTHY, sessions=complete, session_count=8)

    assert "5 more sessions" in text_of(traffic)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_rows_fit_the_terminal_and_lose_columns_where_it_is_narrow(width: int) -> None:
    lines = text_of(UNHEALTHY, width).splitlines()
    rows = [line for line in lines if line.startswith(("  ✓", "  ✗", "  connect"))]

    assert len(rows) > 6
    assert max(map(len, rows)) <= width
    assert any("1821/602 B" in row for row in rows) == (width >= 80)
