"""The facts about logs, on recorded hosts and on this machine."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support import require_tool
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.clock import HostClock
from wcsdiag.facts.crash_reports import crash_reports
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.log_reading import NEWEST, FileWindow, read_window
from wcsdiag.facts.log_window import choose_window, log_window
from wcsdiag.facts.logs import LogFile, ServerLog, log_search, look_at, server_log
from wcsdiag.facts.processes import Process, Processes
from wcsdiag.host.interface import CommandResult, Host, HostError, HostFailure
from wcsdiag.host.local import LocalHost
from wcsdiag.host.recorded import RecordedFile, RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Unavailable
from wcsdiag.target import Intent
from wcsdiag.wcs.generation import Generation

HOME = "/opt/wcs"
CORE = f"{HOME}/logs/server_logs/flashphoner.log"
MANAGER = f"{HOME}/logs/flashphoner_manager.log"
CLOCK = HostClock(UTC, "UTC", timedelta(0))
NOT_SEEN = Unavailable("not seen", because="HST103")
FAILURE = (
    "ERROR           RestClient - t-2 Got exception in REST \n"
    "java.net.SocketTimeoutException: Read timed out\n"
)


def installed(
    generation: Generation = Generation.WITHOUT_MANAGER, home: str = HOME
) -> Installation:
    return Installation(home, generation, None, "found", "found")


def lines(now: datetime, *texts: tuple[timedelta, str]) -> bytes:
    return "".join(f"{now - age:%H:%M:%S},000 {text}" for age, text in texts).encode()


def test_the_log_of_the_generation_is_looked_for() -> None:
    host = RecordedHost(files={CORE: "a", MANAGER: "bc"})
    core = log_search(HostAccess(host), installed())
    manager = log_search(HostAccess(host), installed(Generation.WITH_MANAGER))
    assert core.log is not None
    assert (core.log.path, core.core) == (CORE, None)
    assert manager.log is not None
    assert (manager.log.path, manager.log.size) == (MANAGER, 2)
    assert manager.core is not None
    assert manager.core.path == CORE


def test_a_missing_log_stands_behind_log101_and_its_neighbours_are_listed() -> None:
    search = log_search(HostAccess(RecordedHost(files={MANAGER: "x"})), installed())
    assert search.log is None
    assert not search.hidden
    assert MANAGER in search.nearby
    with pytest.raises(Unavailable) as raised:
        server_log(search)
    assert raised.value.because == "LOG101"


def test_a_log_for_root_alone_is_read_through_sudo() -> None:
    host = RecordedHost(files={CORE: RecordedFile(b"x", readable=False)})
    log = look_at(host, CORE, "the log")
    assert log.readable
    assert log.needs_root


def test_a_log_that_is_refused_stands_behind_log102() -> None:
    host = RecordedHost(files={CORE: RecordedFile(b"x", readable=False)}, root=False)
    log = server_log(log_search(HostAccess(host), installed()))
    assert not log.hooks.readable
    assert "Permission denied" in log.hooks.refusal
    assert log.hooks.grant
    with pytest.raises(Unavailable) as raised:
        log_window(HostAccess(host), log, CLOCK, Intent(), NOT_SEEN)
    assert raised.value.because == "LOG102"


def test_a_hidden_log_is_not_taken_for_missing() -> None:
    refused = HostError(HostFailure.PERMISSION, f"{CORE}: Permission denied")
    host = RecordedHost(files={CORE: refused}, root=False)
    assert log_search(HostAccess(host), installed()).hidden


def test_a_lost_connection_stands_behind_hst101() -> None:
    host = RecordedHost(files={CORE: HostError(HostFailure.LOST, "the connection was lost")})
    with pytest.raises(Unavailable) as raised:
        log_search(HostAccess(host), installed())
    assert raised.value.because == "HST101"


def processes(started: datetime) -> Processes:
    return Processes(Process(1, "flashphoner", started, "java"), None, "ps")


def test_the_window_is_an_hour_or_since_wcs_started() -> None:
    now = datetime(2026, 3, 2, 15, tzinfo=UTC)
    young, old = now - timedelta(minutes=10), now - timedelta(days=3)
    assert choose_window(Intent(), None, now, CLOCK).since == now - timedelta(hours=1)
    assert choose_window(Intent(), old, now, CLOCK).since == now - timedelta(hours=1)
    assert timedelta(0) < young - choose_window(Intent(), young, now, CLOCK).since
    assert "since WCS started" in choose_window(Intent(), young, now, CLOCK).named
    asked = Intent(since=timedelta(days=1))
    assert choose_window(asked, young, now, CLOCK).since == now - timedelta(days=1)


def test_errors_before_the_window_are_left_out() -> None:
    now = datetime.now(UTC)
    content = lines(now, (timedelta(hours=2), FAILURE), (timedelta(minutes=1), FAILURE))
    host = RecordedHost(files={CORE: RecordedFile(content, now)})
    log = server_log(log_search(HostAccess(host), installed()))
    found = log_window(HostAccess(host), log, CLOCK, Intent(), NOT_SEEN)
    assert len(found.hooks.errors) == 1
    restarted = processes(now - timedelta(seconds=10))
    found = log_window(HostAccess(host), log, CLOCK, Intent(), restarted)
    assert found.hooks.errors == ()


def test_a_file_that_begins_within_the_window_says_so() -> None:
    now = datetime.now(UTC)
    content = lines(now, (timedelta(minutes=1), "INFO x\n"))
    host = RecordedHost(files={CORE: RecordedFile(content, now)})
    found = read(host, CORE, now, timedelta(hours=1))
    assert any("rotated files" in note for note in found.notes)


def test_an_empty_log_has_no_errors_and_a_binary_one_is_not_understood() -> None:
    now = datetime.now(UTC)
    files = {CORE: RecordedFile(b"", now), MANAGER: RecordedFile(b"\x00\xff\x1b[2J" * 99, now)}
    host = RecordedHost(files=files)
    empty, binary = (read(host, path, now, timedelta(hours=1)) for path in (CORE, MANAGER))
    assert empty.understood
    assert not binary.understood
    assert "\x1b[2J" in binary.sample


def read(host: Host, path: str, now: datetime, since: timedelta) -> FileWindow:
    return read_window(host, look_at(host, path, "the log"), now - since, CLOCK)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """13 MB of the last two hours: a failure every ten minutes, hooks that were answered."""
    path = tmp_path_factory.mktemp("wcs") / "flashphoner.log"
    now = datetime.now(UTC).replace(microsecond=0)
    filler = "y" * 1800
    with path.open("wb") as file:
        for age in range(7200, -1, -1):
            info = f"INFO            RestClient - t-1 RECEIVED REST OBJECT <==\n{filler}\n"
            text = FAILURE if age % 600 == 300 else info
            file.write(lines(now, (timedelta(seconds=age), text)))
    os.utime(path, (now.timestamp(), now.timestamp()))
    return path


def test_a_large_window_is_thinned_out_on_the_host(large: Path) -> None:
    require_tool("grep")
    now = datetime.fromtimestamp(large.stat().st_mtime, UTC)
    found = read(LocalHost("localhost", Lifetime()), str(large), now, timedelta(hours=1))
    assert len(found.errors) == 6
    assert found.errors[0].at == now - timedelta(seconds=3300)
    assert found.answers > 0
    assert found.answered == now
    assert found.is_complete
    assert found.bytes_read < 1 << 20


def test_a_small_window_of_a_large_log_is_read_alone(large: Path) -> None:
    now = datetime.fromtimestamp(large.stat().st_mtime, UTC)
    found = read(LocalHost("localhost", Lifetime()), str(large), now, timedelta(minutes=6))
    assert len(found.errors) == 1
    assert found.is_complete
    assert found.bytes_read < 2 << 20


@pytest.mark.parametrize(
    "record",
    [
        CommandResult("", 127, b"", b"sh: grep: not found"),
        HostError(HostFailure.TIMED_OUT, "no answer within 5 s, wcsdiag's own limit"),
    ],
    ids=["no grep", "too slow"],
)
def test_where_the_host_cannot_filter_the_newest_part_is_read(
    large: Path, record: CommandResult | HostError
) -> None:
    now = datetime.fromtimestamp(large.stat().st_mtime, UTC)
    files = {CORE: RecordedFile(large.read_bytes(), now)}
    host = RecordedHost(files=files, commands={"{ dd...": record})
    found = read(host, CORE, now, timedelta(hours=2))
    assert found.bytes_read <= NEWEST + (1 << 20)
    assert found.begins > now - timedelta(hours=1)
    assert any("could not filter" in note for note in found.notes)
    assert any("older ones were not read" in note for note in found.notes)
    assert len(found.errors) >= 3


def test_a_flood_of_errors_is_cut_to_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "flood.log"
    now = datetime.now(UTC).replace(microsecond=0)
    filler = "z" * 500 + "\n"
    with path.open("wb") as file:
        for age in range(1800, -1, -1):
            file.write(lines(now, *[(timedelta(seconds=age), FAILURE + filler)] * 20))
    os.utime(path, (now.timestamp(), now.timestamp()))
    found = read(LocalHost("localhost", Lifetime()), str(path), now, timedelta(hours=1))
    assert found.errors[-1].at == now
    assert found.begins > now - timedelta(minutes=20)
    assert found.bytes_read < 18 << 20
    assert any("newest 4 MiB of errors" in note for note in found.notes)


def test_a_log_that_shrinks_while_it_is_read_is_no_error() -> None:
    now = datetime.now(UTC)
    host = RecordedHost(files={CORE: RecordedFile(b"10:00:00,000 INFO x\n", now)})
    log = LogFile(CORE, "the log", 5000, now, "flashphoner", 0o644)
    found = read_window(host, log, now - timedelta(hours=1), CLOCK)
    assert any("shorter" in note for note in found.notes)


def test_a_log_that_goes_away_stands_behind_log101() -> None:
    log = LogFile(CORE, "the log", 5000, datetime.now(UTC), "flashphoner", 0o644)
    with pytest.raises(Unavailable) as raised:
        log_window(HostAccess(RecordedHost()), ServerLog(log, None), CLOCK, Intent(), NOT_SEEN)
    assert raised.value.because == "LOG101"


def test_crash_reports_are_found_newest_first(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    for name in ("error77.log", "error8.log", "hs_err_pid9.log", "error.log", "errors.log"):
        (logs / name).write_text("#\n# A fatal error has been detected\n#\n#  SIGSEGV (0xb)\n")
    old = time.time() - 7200
    os.utime(logs / "error77.log", (old, old))
    access = HostAccess(LocalHost("localhost", Lifetime()))
    found = crash_reports(access, installed(home=str(tmp_path)), CLOCK, Intent())
    assert len(found.reports) == 3
    assert found.reports[-1].path.endswith("error77.log")
    assert found.reports[-1].modified < found.since
    assert found.reports[0].excerpt.endswith("SIGSEGV (0xb)")


def test_a_directory_that_cannot_be_listed_is_not_taken_for_no_crash() -> None:
    refused = CommandResult("", 2, b"", b"ls: cannot open directory: Permission denied")
    host = RecordedHost(commands={"LC_ALL=C ls...": refused}, root=False)
    with pytest.raises(Unavailable) as raised:
        crash_reports(HostAccess(host), installed(), CLOCK, Intent())
    assert raised.value.because == "LOG102"
