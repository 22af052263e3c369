"""The beginning of a window in a large log, with few bytes read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from wcsdiag.logs.records import parse
from wcsdiag.logs.window import PROBE, Place, WindowStart, find_window

MODIFIED = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
FILLER = "x" * 900
MIB = 1 << 20


class CountingFile:
    """Reads a file as a host would, and counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes_read = 0
        self.rounds = 0

    def __call__(self, places: Sequence[Place]) -> list[bytes]:
        blocks = []
        with self.path.open("rb") as file:
            for place in places:
                assert place.offset % PROBE == place.limit % PROBE == 0
                file.seek(place.offset)
                blocks.append(file.read(place.limit))
        assert all(len(b) == p.limit for b, p in zip(blocks[:-1], places[:-1], strict=True))
        self.bytes_read += sum(map(len, blocks))
        self.rounds += 1
        return blocks


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """55 MB, one line a second for 16 hours, over midnight; some lines are bodies."""
    path = tmp_path_factory.mktemp("log") / "flashphoner.log"
    with path.open("w") as file:
        file.writelines(lines(16 * 3600))
    assert path.stat().st_size > 50 << 20
    return path


def lines(count: int) -> Iterator[str]:
    for second in range(count):
        at = MODIFIED - timedelta(seconds=count - 1 - second)
        yield f"{at:%H:%M:%S},000 INFO            RestClient - t-1 {FILLER}\nURL:http://x\n"


def search(path: Path, since: datetime) -> tuple[WindowStart, CountingFile]:
    read = CountingFile(path)
    size = path.stat().st_size
    return find_window(read, size, modified=MODIFIED, since=since, zone=UTC), read


def first_time(path: Path, offset: int) -> time:
    with path.open("rb") as file:
        file.seek(offset)
        (record, *_) = parse(file.read(2000)).records
    assert record.offset == 0
    return record.stamp.time


@pytest.mark.parametrize("minutes", [1, 15, 60, 14 * 60, 15 * 60 + 30])
def test_the_window_begins_shortly_before_the_moment(large: Path, minutes: int) -> None:
    since = MODIFIED - timedelta(minutes=minutes)
    start, read = search(large, since)
    assert start.understood
    assert not start.is_whole_file
    assert start.ends == MODIFIED
    assert (read.rounds, read.bytes_read // MIB) == (1, 0)
    found = datetime.combine(since.date(), first_time(large, start.offset), UTC)
    early = (since - found) % timedelta(days=1)
    assert early <= max(timedelta(minutes=6), timedelta(minutes=minutes) / 3)


def test_a_window_older_than_the_file_is_the_whole_file(large: Path) -> None:
    start, read = search(large, MODIFIED - timedelta(hours=20))
    assert (start.offset, start.is_whole_file) == (0, True)
    assert start.first is not None
    assert start.first.time == time(23, 0, 1)
    assert read.bytes_read < 1 << 20


def test_a_log_that_is_older_than_the_window_gives_its_end(large: Path) -> None:
    read, size = CountingFile(large), large.stat().st_size
    late = MODIFIED + timedelta(hours=5)
    start = find_window(read, size, modified=MODIFIED, since=late, zone=UTC)
    assert size - start.offset < 2000


def test_a_giant_line_at_the_end_and_in_between_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "giant.log"
    all_lines = list(lines(4 * 3600))
    giant = b"y" * (10 << 20) + b"\n"
    with path.open("wb") as file:
        file.write("".join(all_lines[: 2 * 3600]).encode())
        file.write(giant)
        file.write("".join(all_lines[2 * 3600 :]).encode())
        file.write(giant)
    since = MODIFIED - timedelta(hours=2)
    start, read = search(path, since)
    assert start.understood
    assert read.rounds < 8
    assert read.bytes_read < 2 * MIB
    assert 0 < start.offset <= path.read_bytes().index(f"{since:%H:%M:%S},000".encode())


def test_text_without_any_time_is_not_understood(tmp_path: Path) -> None:
    path = tmp_path / "binary.log"
    path.write_bytes(bytes(range(256)) * (20 << 12))
    start, read = search(path, MODIFIED)
    assert not start.understood
    assert start.sample
    assert read.bytes_read < 1 << 20


def test_an_empty_file_ends_the_search(tmp_path: Path) -> None:
    path = tmp_path / "empty.log"
    path.touch()
    start, _ = search(path, MODIFIED)
    assert not start.understood
