"""The hooks in the log of a host: whole, thinned out, rotated, packed."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.facts.hook_log import URL, answered, each_minute, failed, filler, sent, write
from tests.support import require_tool
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.clock import HostClock
from wcsdiag.facts.hook_traffic import hook_traffic
from wcsdiag.facts.log_reading import FileWindow, read_window
from wcsdiag.facts.log_window import LogWindow, Window
from wcsdiag.facts.logs import LogFile, look_at
from wcsdiag.hooks.exchange import Exchange, Failure, Outcome
from wcsdiag.host.local import LocalHost
from wcsdiag.host.recorded import RecordedFile, RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Unavailable

CLOCK = HostClock(UTC, "UTC", timedelta(0))
NOW = datetime(2026, 3, 2, 15, 0, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAME = "flashphoner.log"
HOST = LocalHost("localhost", Lifetime(timeout_s=60, deadline_s=3600))


def read(path: Path, since: datetime) -> FileWindow:
    return read_window(HOST, look_at(HOST, str(path), "the log"), since, CLOCK)


def moments(found: FileWindow) -> list[datetime]:
    return [each.sent_at for each in found.exchanges if each.sent_at is not None]


def core(each: Exchange) -> Exchange:
    """An exchange without what thinning takes away."""
    kept = {name: each.request[name] for name in ("appKey", "sessionId", "status")}
    return replace(
        each,
        request=kept,
        request_text=None,
        request_truncated=True,
        answer_text=None if each.answer_text is None else "",
        answer_truncated=each.answer_text is not None,
        place=NAME,
    )


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for tool in ("grep", "awk", "dd", "gzip"):
        require_tool(tool)
    return tmp_path


def test_a_large_window_gives_the_same_exchanges_as_a_small_one(directory: Path) -> None:
    begin = NOW - 2 * HOUR
    lines = [
        (answered(at) if number % 10 else failed(at), at)
        for number, at in enumerate(begin + timedelta(minutes=m) for m in range(120))
    ]
    small = write(directory / NAME, "".join(text for text, _ in lines), NOW)
    (directory / "big").mkdir()
    content = "".join(text + filler(at, 900) * 60 for text, at in lines)
    large = write(directory / "big" / NAME, content, NOW)
    assert large.stat().st_size > 6 << 20
    whole, thinned = read(small, NOW - HOUR), read(large, NOW - HOUR)
    assert len(whole.exchanges) == 60
    assert list(map(core, whole.exchanges)) == list(thinned.exchanges)
    assert thinned.is_complete
    assert {error.url for error in thinned.errors} == {f"{URL}/connect"}
    assert (thinned.answers, thinned.answered) == (whole.answers, whole.answered)
    assert thinned.bytes_read < 1 << 20
    assert "hunter2" not in repr(thinned)


def test_rotated_files_are_read_as_far_as_the_window_reaches(directory: Path) -> None:
    log = write(directory / NAME, each_minute(NOW - HOUR, 60), NOW)
    packed = gzip.compress(each_minute(NOW - 3 * HOUR, 60).encode())
    write(directory / f"{NAME}-20260302.gz", packed, NOW - 2 * HOUR)
    write(directory / f"{NAME}.1", each_minute(NOW - 2 * HOUR, 60), NOW - HOUR)
    write(directory / f"{NAME}.3", "not read: too old", NOW - 30 * HOUR)
    found = read(log, NOW - 2.5 * HOUR)
    assert len(found.exchanges) == 150
    assert moments(found) == sorted(moments(found))
    assert found.begins == NOW - 2.5 * HOUR
    assert found.notes == ()


def test_rotation_at_midnight_and_a_copy_that_lost_its_time_are_dated(directory: Path) -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    log = write(directory / NAME, each_minute(midnight, 30), midnight + HOUR / 2)
    copied_at = midnight + timedelta(minutes=20)
    write(directory / f"{NAME}.2026-03-01", each_minute(midnight - HOUR, 60), copied_at)
    found = read(log, midnight - HOUR / 2)
    assert len(found.exchanges) == 60
    assert moments(found)[0] == midnight - HOUR / 2
    assert moments(found)[-1] == midnight + timedelta(minutes=29)


def test_a_hook_whose_answer_is_in_the_next_file_is_one_exchange(directory: Path) -> None:
    both = answered(NOW - HOUR)
    cut = len(sent(NOW - HOUR))
    log = write(directory / NAME, both[cut:], NOW)
    write(directory / f"{NAME}.1", both[:cut], NOW - HOUR)
    (exchange,) = read(log, NOW - 2 * HOUR).exchanges
    assert exchange.outcome is Outcome.ANSWERED
    assert exchange.seconds == 0.005


def test_where_no_rotated_file_holds_the_rest_a_note_says_from_when(directory: Path) -> None:
    log = write(directory / NAME, each_minute(NOW - HOUR / 2, 30), NOW)
    write(directory / f"{NAME}.1", each_minute(NOW - HOUR, 30), NOW - HOUR / 2)
    found = read(log, NOW - 5 * HOUR)
    assert len(found.exchanges) == 60
    assert found.begins == NOW - HOUR
    assert any("1 rotated files were read" in note for note in found.notes)


@pytest.mark.parametrize("damage", ["cut", "corrupt"])
def test_a_damaged_packed_file_is_noted_and_the_rest_is_shown(directory: Path, damage: str) -> None:
    log = write(directory / NAME, each_minute(NOW - HOUR, 60), NOW)
    packed = gzip.compress(each_minute(NOW - 2 * HOUR, 60, size=3000).encode(), 0)
    packed = packed[: len(packed) // 2] if damage == "cut" else b"\x1f\x8b" + b"x" * 50
    write(directory / f"{NAME}.1.gz", packed, NOW - HOUR)
    found = read(log, NOW - 2 * HOUR)
    assert len(found.exchanges) >= (70 if damage == "cut" else 60)
    assert any(f"{NAME}.1.gz is damaged or cut" in note for note in found.notes)


def test_too_many_hooks_leave_the_newest_and_all_errors(directory: Path) -> None:
    begin = NOW - HOUR / 2
    text = "".join(
        (failed(at) if second % 300 == 0 else "") + "".join(answered(at, session="s" * 400) * 9)
        for second, at in enumerate(begin + timedelta(seconds=n) for n in range(1800))
    )
    log = write(directory / NAME, text, NOW)
    found = read(log, NOW - HOUR)
    assert found.hooks_begin is not None
    assert found.hooks_begin > begin + timedelta(minutes=1)
    assert min(moments(found)) >= found.hooks_begin - timedelta(seconds=1)
    assert len(found.errors) == 6
    assert found.errors[0].at.replace(microsecond=0) == begin
    assert not found.is_complete
    assert any("newest 8 MiB of hooks and errors" in note for note in found.notes)


def test_a_log_that_was_rotated_meanwhile_gives_what_is_there() -> None:
    path = "/wcs/flashphoner.log"
    content = answered(NOW - HOUR / 2).encode()
    host = RecordedHost(files={path: RecordedFile(content, NOW)})
    log = LogFile(path, "the log", 10 << 20, NOW - HOUR, "flashphoner", 0o644)
    found = read_window(host, log, NOW - HOUR, CLOCK)
    assert len(found.exchanges) == 1
    assert any("rotated" in note for note in found.notes)


def traffic_of(path: Path) -> LogWindow:
    since = NOW - HOUR
    return LogWindow(Window(since, NOW, "since an hour"), read(path, since))


NO_APPS = Unavailable("not asked", because="URL101")


def test_hook_traffic_is_made_of_the_window_that_the_errors_are_of(directory: Path) -> None:
    text = each_minute(NOW - HOUR, 30) + sent(NOW - HOUR / 2) + answered(NOW, "call", "other")
    window = traffic_of(write(directory / NAME, text, NOW))
    found = hook_traffic(HostAccess(HOST), window, CLOCK, NO_APPS, NO_APPS)
    assert found.traffic.count == 32
    assert found.traffic.zone == "UTC"
    assert found.traffic.place == f"localhost: {window.hooks.path}"
    assert found.is_complete
    (unanswered,) = (each for each in found.traffic.exchanges if each.failure)
    assert unanswered.failure is Failure.OTHER


def test_a_log_that_was_not_understood_has_no_traffic(directory: Path) -> None:
    window = traffic_of(write(directory / NAME, "no times\n" * 99, NOW))
    with pytest.raises(Unavailable) as raised:
        hook_traffic(HostAccess(HOST), window, CLOCK, NO_APPS, NO_APPS)
    assert raised.value.because == "LOG104"
