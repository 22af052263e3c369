"""Records from bytes: the cases are files, `NAME.log` and what it holds in `NAME.json`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.logs.dated import date_backwards
from wcsdiag.logs.errors_seen import look
from wcsdiag.logs.excerpt import excerpt
from wcsdiag.logs.records import LINE_LIMIT, LogRecord, parse
from wcsdiag.logs.signatures import group

CASES = sorted((Path(__file__).parent / "cases" / "records").glob("*.log"))
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def as_data(record: LogRecord, expected: dict[str, object]) -> dict[str, object]:
    seen: dict[str, object] = {
        "offset": record.offset,
        "time": record.stamp.time.isoformat(),
        "day": record.stamp.day.isoformat() if record.stamp.day else None,
        "level": record.level,
        "logger": record.logger,
        "thread": record.thread,
        "message": record.message,
        "lines": len(record.lines),
    }
    return {key: value for key, value in seen.items() if key in expected}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_log_gives_its_records(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text())
    parsed = parse(path.read_bytes())
    assert parsed.understood == expected["understood"]
    pairs = zip(parsed.records, expected["records"], strict=True)
    for record, wanted in pairs:
        assert as_data(record, wanted) == wanted


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_offset_of_a_record_is_where_its_first_line_begins(path: Path) -> None:
    data = path.read_bytes()
    for record in parse(data, offset=1000).records:
        first = data[record.offset - 1000 :].partition(b"\n")[0]
        assert first.decode("utf-8", "replace").removesuffix("\r") == record.first_line


def test_a_line_of_ten_megabytes_is_cut() -> None:
    data = b"10:00:00,000 INFO " + b"x" * (10 << 20) + b"\n10:00:01,000 ERROR after\n"
    first, second = parse(data).records
    assert len(first.first_line) == LINE_LIMIT
    assert second.message == "after"
    assert len(excerpt(first)) == 400


def test_a_stretch_that_begins_inside_a_line_passes_that_line_over() -> None:
    data = b"10:00:00,000 INFO half\n10:00:01,000 INFO whole\n"
    assert [r.message for r in parse(data, starts_inside=True).records] == ["whole"]
    assert parse(b"no end", starts_inside=True).records == ()


@given(st.binary(max_size=2000))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    parse(data, starts_inside=True)
    understand(data)


PIECES = st.sampled_from(
    [
        b"10:00:00,000 ",
        b"23:59:59,999 ERROR ",
        b"2026-03-01 00:00:00,0 ",
        b"0001-01-01 00:00:00,000 ",
        b"9999-12-31T23:59:59+14:59 ",
        b"RestClient - t-1 ",
        b"Got exception in REST ",
        b"java.net.SocketTimeoutException: Read timed out",
        b"Caused by: a.b.C",
        b"SEND REST OBJECT ==>",
        b"RECEIVED REST OBJECT <==",
        b"URL:http://u:p@h/x?token=1",
        b'"sipPassword" : "x',
        b"\tat a.b(C.java:1)",
        b"a." * 40,
        b"1:" * 30,
        b"\n",
        b"\r\n",
        b"--\n",
        b"\x1b[31m",
        b"\x00\xff",
    ]
)


@given(st.lists(PIECES, max_size=60).map(b"".join))
@settings(max_examples=300, deadline=None)
def test_lines_that_look_like_a_log_are_understood_without_an_error(data: bytes) -> None:
    understand(data)


def understand(data: bytes) -> None:
    seen = look(date_backwards(parse(data).records, NOW, UTC))
    for by_exception in (True, False):
        assert sum(g.count for g in group(seen.errors, by_exception=by_exception)) == len(
            seen.errors
        )
    for error in seen.errors:
        assert len(excerpt(error.dated.record).split("\n")) <= 6
