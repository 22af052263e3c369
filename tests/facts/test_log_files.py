"""Local logs: whole, rotated, packed, damaged."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.facts.hook_log import answered, each_minute, failed, filler, sent, write
from wcsdiag.facts.log_files import LogFiles
from wcsdiag.hooks.exchange import Outcome

NOW = datetime(2026, 3, 2, 15, 0, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_files_are_read_in_the_order_of_time_whatever_order_they_are_given_in(
    tmp_path: Path,
) -> None:
    paths = [
        write(tmp_path / "flashphoner.log", each_minute(NOW - HOUR, 60), NOW),
        write(
            tmp_path / "flashphoner.log.2.gz",
            gzip.compress(each_minute(NOW - 3 * HOUR, 60).encode()),
            NOW - 2 * HOUR,
        ),
        write(tmp_path / "flashphoner.log.1", each_minute(NOW - 2 * HOUR, 60), NOW - HOUR),
    ]
    log = LogFiles(paths, UTC)
    moments = [each.sent_at for each in log]
    assert moments == [NOW - 3 * HOUR + timedelta(minutes=n) for n in range(180)]
    assert (log.began, log.notes) == (NOW - 3 * HOUR, ())
    assert len(list(LogFiles(paths, UTC, since=NOW - 1.5 * HOUR))) == 90


def test_a_large_log_of_several_days_gets_its_days(tmp_path: Path) -> None:
    begin = NOW - timedelta(days=3)
    text = "".join(
        answered(at) + filler(at, 1200) * 3
        for at in (begin + timedelta(minutes=2 * n) for n in range(2161))
    )
    path = write(tmp_path / "flashphoner.log", text, NOW)
    packed = write(tmp_path / "packed.gz", gzip.compress(text.encode()), NOW)
    assert path.stat().st_size > 8 << 20
    for each in (path, packed):
        exchanges = list(LogFiles([each], UTC))
        assert exchanges[0].sent_at == begin
        assert exchanges[-1].sent_at == begin + timedelta(days=3)


def test_times_are_of_the_zone_that_is_given(tmp_path: Path) -> None:
    zone = timezone(timedelta(hours=3))
    local = (NOW - HOUR).astimezone(zone)
    (exchange,) = LogFiles([write(tmp_path / "a.log", answered(local), NOW)], zone)
    assert exchange.sent_at == NOW - HOUR


def test_a_damaged_packed_log_gives_what_can_be_read(tmp_path: Path) -> None:
    packed = gzip.compress(each_minute(NOW - HOUR, 60, size=3000).encode(), 0)
    path = write(tmp_path / "a.gz", packed[: len(packed) // 2], NOW)
    log = LogFiles([path], UTC)
    assert 20 <= len(list(log)) < 60
    assert any("damaged or cut" in note for note in log.notes)


def test_random_bytes_an_empty_file_and_a_missing_one_are_told_apart(tmp_path: Path) -> None:
    noise = LogFiles([write(tmp_path / "noise", bytes(range(256)) * 99, NOW)], UTC)
    assert (list(noise), noise.understood) == ([], False)
    empty = LogFiles([write(tmp_path / "empty", b"", NOW)], UTC)
    assert (list(empty), empty.understood) == ([], True)
    for missing in (tmp_path / "missing", tmp_path):
        with pytest.raises(OSError, match=str(missing)):
            LogFiles([missing], UTC)


def test_failures_and_hooks_without_end_are_given(tmp_path: Path) -> None:
    text = failed(NOW - HOUR) + sent(NOW - HOUR / 2) + filler(NOW, 10)
    log = LogFiles([write(tmp_path / "a.log", text, NOW)], UTC)
    assert [each.outcome for each in log] == [Outcome.FAILED, Outcome.FAILED]
    assert log.contacts == ()
