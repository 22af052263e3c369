"""Times without a date get one, backwards from the file's last change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.dated import date_backwards
from wcsdiag.logs.dates import Dater, beginning
from wcsdiag.logs.records import parse, stamps_backwards


def dates(times: list[str], modified: str, zone: tzinfo = UTC) -> list[str]:
    data = "".join(f"{time} INFO x\n" for time in times).encode()
    records = parse(data).records
    assert len(records) == len(times)
    changed = datetime.fromisoformat(modified)
    return [dated.at.isoformat() for dated in date_backwards(records, changed, zone)]


def test_the_newest_line_is_of_the_day_of_the_last_change() -> None:
    assert dates(["10:00:00,000"], "2026-03-02T10:00:05+00:00") == ["2026-03-02T10:00:00+00:00"]


def test_a_time_after_the_last_change_is_of_the_day_before() -> None:
    found = dates(["23:59:58,000"], "2026-03-02T00:00:01+00:00")
    assert found == ["2026-03-01T23:59:58+00:00"]


def test_each_midnight_goes_back_a_day() -> None:
    found = dates(
        ["09:00:00,000", "23:59:59,000", "00:00:01,000", "22:00:00,000", "01:00:00,000"],
        "2026-03-03T01:00:00+00:00",
    )
    assert [moment[:13] for moment in found] == [
        "2026-03-01T09",
        "2026-03-01T23",
        "2026-03-02T00",
        "2026-03-02T22",
        "2026-03-03T01",
    ]


def test_a_clock_that_jumps_back_a_little_is_no_midnight() -> None:
    found = dates(["02:59:00,000", "02:00:00,000", "02:10:00,000"], "2026-10-25T02:10:00+00:00")
    assert {moment[:10] for moment in found} == {"2026-10-25"}


def test_lines_of_two_threads_out_of_order_at_midnight_keep_their_days() -> None:
    found = dates(["00:00:00,500", "23:59:59,900", "00:00:01,000"], "2026-03-02T00:00:01+00:00")
    assert [moment[:10] for moment in found] == ["2026-03-02", "2026-03-01", "2026-03-02"]


def test_times_are_those_of_the_hosts_zone() -> None:
    zone = timezone(timedelta(hours=3))
    found = dates(["01:00:00,000"], "2026-03-01T22:00:10+00:00", zone)
    assert found == ["2026-03-02T01:00:00+03:00"]


def test_a_date_and_an_offset_in_the_line_are_believed() -> None:
    found = dates(
        ["2026-01-05T10:00:00,000+02:00", "2026-01-05 09:00:00,000"], "2026-03-02T10:00:00+00:00"
    )
    assert found == ["2026-01-05T08:00:00+00:00", "2026-01-05T09:00:00+00:00"]


def forwards(times: list[str], modified: str) -> list[str]:
    """The dates in the order of the log, from the first, which is found backwards."""
    data = "".join(f"{time} INFO x\n" for time in times).encode()
    first = beginning(stamps_backwards(data), datetime.fromisoformat(modified), UTC)
    assert first is not None
    return [dated.at.isoformat() for dated in Dater(first, UTC).date(parse(data).records)]


@pytest.mark.parametrize(
    "times",
    [
        ["10:00:00,000"],
        ["09:00:00,000", "23:59:59,000", "00:00:01,000", "22:00:00,000", "01:00:00,000"],
        ["02:59:00,000", "02:00:00,000", "02:10:00,000"],
        ["00:00:00,500", "23:59:59,900", "00:00:01,000"],
        ["2026-01-05T10:00:00,000+02:00", "2026-03-03 09:00:00,000", "09:30:00,000"],
        ["12:00:00,000", "09:00:00,000", "08:00:00,000"],
    ],
)
def test_forwards_and_backwards_give_the_same_dates(times: list[str]) -> None:
    modified = "2026-03-03T10:00:00+00:00"
    assert forwards(times, modified) == dates(times, modified)


@given(st.lists(st.times(), min_size=1, max_size=30))
def test_any_times_get_the_same_dates_both_ways(times: list[time]) -> None:
    texts = [f"{each:%H:%M:%S},{each.microsecond:06d}" for each in times]
    modified = "2026-03-03T10:00:00+00:00"
    assert forwards(texts, modified) == dates(texts, modified)
