"""Times without a date get one, backwards from the file's last change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from wcsdiag.logs.dates import date_backwards
from wcsdiag.logs.records import parse


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
