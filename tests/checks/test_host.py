"""HST: the host as a machine, and WCS on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from wcsdiag_checks.host import (
    clocks_agree,
    core_runs,
    manager_runs,
    settings_in_effect,
    settings_readable,
    wcs_found,
)
from wcsdiag_checks.host_access import ssh_works
from wcsdiag_checks.host_resources import memory_left, open_files_to_spare, room_for_logs

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.clock import HostClock
from wcsdiag.facts.installation import CannotTellError, Installation
from wcsdiag.facts.processes import Process, Processes
from wcsdiag.facts.resources import Disk, Memory, Resources
from wcsdiag.facts.sockets import ListeningSocket, ListeningSockets
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.model import CheckResult, Fix, Run, Status, Unavailable
from wcsdiag.target import Target
from wcsdiag.testing import absent, judge
from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.settings import Setting, Settings

STARTED = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
HOME = "/usr/local/FlashphonerWebCallServer"
TARGET = Target("wcs1.example.com", ssh_user="ops", ssh_port=2222)
NEW = Installation(HOME, Generation.WITHOUT_MANAGER, "5.2.1475-x", "default place", "version")
OLD = replace(NEW, generation=Generation.WITH_MANAGER, version="4.0.1-x")
CORE = Process(77, "flashphoner", STARTED, "java com.flashphoner.server.Server", 312, 20000)
RUNNING = Processes(CORE, None, "host: /proc")
STOPPED = Processes(None, None, "host: /proc")
CLOCK = HostClock(UTC, "UTC", timedelta(0), timedelta(milliseconds=5))
NO_ACCESS = Unavailable("SSH", because="HST101")


def _because(code: str, cause: Exception | None = None) -> Unavailable:
    reason = Unavailable("could not be had", because=code)
    reason.__cause__ = cause
    return reason


def _commands(result: CheckResult) -> str:
    return "\n".join(command for fix in _fixes(result) if fix for command in fix.commands)


def _fixes(result: CheckResult) -> list[Fix | None]:
    return [*(f.fix for f in result.findings), *(u.fix for u in result.undetermined)]


def _ssh(failure: HostFailure) -> CheckResult:
    access = absent(HostAccess, _because("HST101", HostError(failure, "literal words")))
    return judge(ssh_works, access, TARGET)


def test_a_connected_host_passes() -> None:
    assert judge(ssh_works, HostAccess(RecordedHost()), TARGET).status is Status.PASS


def test_a_note_of_the_login_is_a_warning() -> None:
    access = HostAccess(RecordedHost(), notes=("a new host key was accepted",))

    assert judge(ssh_works, access, TARGET).status is Status.WARN


@pytest.mark.parametrize(
    "failure",
    [
        HostFailure.NAME_NOT_FOUND,
        HostFailure.REFUSED,
        HostFailure.TIMED_OUT,
        HostFailure.NO_ROUTE,
        HostFailure.NOT_SSH,
        HostFailure.KEY_EXCHANGE,
        HostFailure.HOST_KEY_CHANGED,
    ],
)
def test_a_host_that_cannot_be_reached_fails_with_words_and_commands(failure: HostFailure) -> None:
    result = _ssh(failure)

    assert result.status is Status.FAIL
    assert failure.value in result.findings[0].summary
    assert result.findings[0].evidence[0].text == "literal words"
    assert "wcs1.example.com" in _commands(result)


@pytest.mark.parametrize(
    "failure",
    [HostFailure.AUTHENTICATION, HostFailure.HOST_KEY_UNKNOWN, HostFailure.CONFIGURATION],
)
def test_what_only_we_lack_is_undetermined(failure: HostFailure) -> None:
    assert _ssh(failure).run is Run.UNDETERMINED


def test_the_commands_have_the_targets_own_port_and_user() -> None:
    assert "ssh -v -p 2222 ops@wcs1.example.com true" in _commands(_ssh(HostFailure.REFUSED))
    assert "ssh-keygen -R '[wcs1.example.com]:2222'" in _commands(
        _ssh(HostFailure.HOST_KEY_CHANGED)
    )
    assert "--accept-new-host-key" in _commands(_ssh(HostFailure.HOST_KEY_UNKNOWN))


def test_every_failure_has_advice_and_a_command() -> None:
    for failure in HostFailure:
        fixes = _fixes(_ssh(failure))
        assert all(fix and fix.text and fix.commands for fix in fixes), failure


def test_a_found_wcs_passes_and_says_how() -> None:
    result = judge(wcs_found, NEW)

    assert result.status is Status.PASS
    assert "WCS 5.1 and later" in result.findings[0].summary


def test_no_wcs_fails() -> None:
    assert judge(wcs_found, absent(Installation, _because("HST102"))).status is Status.FAIL


def test_a_wcs_that_is_hidden_from_us_is_undetermined() -> None:
    hidden = _because("HST102", CannotTellError("closed"))

    assert judge(wcs_found, absent(Installation, hidden)).run is Run.UNDETERMINED


def test_without_ssh_wcs_is_not_judged() -> None:
    result = judge(wcs_found, absent(Installation, NO_ACCESS))

    assert (result.run, result.because) == (Run.SKIPPED, "HST101")


def test_a_core_process_passes_with_its_start() -> None:
    result = judge(core_runs, RUNNING, NEW, CLOCK)

    assert result.status is Status.PASS
    assert "since 2026-11-01 12:00:00 UTC" in result.findings[0].summary


def test_a_core_that_has_just_started_passes_with_a_note() -> None:
    young = replace(RUNNING, core=replace(CORE, started=datetime.now(UTC)))

    result = judge(core_runs, young, NEW, absent(HostClock, _because("HST108")))

    assert result.status is Status.PASS
    assert "was it restarted?" in result.findings[0].summary


def test_no_core_process_fails_and_a_stale_pid_file_is_evidence() -> None:
    result = judge(core_runs, replace(STOPPED, stale_pid_files=("/x.pid: 9",)), NEW, CLOCK)

    assert result.status is Status.FAIL
    assert "/x.pid: 9" in result.findings[0].evidence[1].text
    assert "sudo systemctl start webcallserver" in _commands(result)


def test_with_manager_the_core_is_started_by_its_script() -> None:
    assert f"cd {HOME}/bin && sudo ./webcallserver start" in _commands(
        judge(core_runs, STOPPED, OLD, CLOCK)
    )


def test_a_core_of_another_version_is_a_warning() -> None:
    other = replace(RUNNING, core_home=f"{HOME}-5.2.1")

    assert judge(core_runs, other, NEW, CLOCK).status is Status.WARN


def test_hidden_processes_are_undetermined() -> None:
    hidden = absent(Processes, _because("HST103"))

    assert judge(core_runs, hidden, NEW, CLOCK).run is Run.UNDETERMINED


def _listening(*ports: int) -> ListeningSockets:
    return ListeningSockets(tuple(ListeningSocket("127.0.0.1", p) for p in ports), "host: ss")


def test_later_generations_have_no_manager() -> None:
    assert judge(manager_runs, RUNNING, NEW, _listening()).run is Run.NOT_APPLICABLE


def test_a_manager_passes_by_its_process_or_by_its_ports() -> None:
    with_process = replace(RUNNING, manager=CORE)

    assert judge(manager_runs, with_process, OLD, _listening()).status is Status.PASS
    assert judge(manager_runs, RUNNING, OLD, _listening(9091)).status is Status.PASS


def test_neither_process_nor_port_of_a_manager_fails() -> None:
    assert judge(manager_runs, RUNNING, OLD, _listening(8080)).status is Status.FAIL


def test_a_manager_without_a_name_and_without_known_ports_is_undetermined() -> None:
    unknown = absent(ListeningSockets, _because("FWL102"))

    assert judge(manager_runs, RUNNING, OLD, unknown).run is Run.UNDETERMINED


def _room(available_mb: int, inodes_free: int = 500, total_mb: int = 100_000) -> CheckResult:
    disk = Disk("/", total_mb * 1024, available_mb * 1024, 1000, inodes_free)
    return judge(room_for_logs, Resources("/opt/wcs/logs", disk, None))


def test_room_on_disk() -> None:
    assert _room(50_000).status is Status.PASS
    assert _room(9_000).status is Status.WARN
    assert _room(50_000, inodes_free=50).status is Status.WARN
    assert _room(900).status is Status.FAIL
    assert _room(99, total_mb=500).status is Status.FAIL
    assert _room(50_000, inodes_free=0).status is Status.FAIL


def test_an_unknown_disk_is_undetermined_with_the_reason() -> None:
    result = judge(room_for_logs, Resources("/opt/wcs/logs", None, None, "df: not found"))

    assert result.run is Run.UNDETERMINED
    assert result.undetermined[0].evidence[0].text == "df: not found"


def _left(available: int, swap_free: int = 100) -> CheckResult:
    return judge(memory_left, Resources("/x", None, Memory(1000, available, 100, swap_free)))


def test_memory() -> None:
    assert _left(500).status is Status.PASS
    assert "swap is in use" in _left(500, swap_free=10).findings[0].summary
    assert _left(99).status is Status.WARN
    assert _left(29).status is Status.FAIL
    assert judge(memory_left, Resources("/x", None, None)).run is Run.UNDETERMINED


def _files(open_files: int | None, limit: int | None, at_most: int | None = None) -> CheckResult:
    core = replace(CORE, open_files=open_files, open_files_limit=limit, open_files_at_most=at_most)
    return judge(open_files_to_spare, replace(RUNNING, core=core))


def test_open_files() -> None:
    assert _files(312, 20000).status is Status.PASS
    assert _files(16_100, 20000).status is Status.WARN
    assert _files(19_100, 20000).status is Status.FAIL
    assert _files(312, 1024).status is Status.WARN
    assert _files(None, 20000).run is Run.UNDETERMINED
    assert _files(312, None).run is Run.UNDETERMINED


def test_open_files_that_may_not_be_counted_are_bounded_by_the_size_of_their_table() -> None:
    assert _files(None, 20000, at_most=512).status is Status.PASS
    assert _files(None, 20000, at_most=16384).status is Status.PASS
    assert _files(None, 20000, at_most=32768).run is Run.UNDETERMINED


def test_a_process_that_does_not_run_has_no_open_files() -> None:
    assert judge(open_files_to_spare, STOPPED).run is Run.NOT_APPLICABLE


def _clock(seconds: float, precision: float = 0.1) -> CheckResult:
    ahead, within = timedelta(seconds=seconds), timedelta(seconds=precision)
    return judge(clocks_agree, replace(CLOCK, ahead=ahead, precision=within))


def test_clocks() -> None:
    assert _clock(-4).status is Status.PASS
    assert _clock(6, precision=2).status is Status.PASS
    assert "60 s ahead of" in _clock(60).findings[0].summary
    assert "60 s behind" in _clock(-60).findings[0].summary
    assert _clock(60).status is Status.WARN
    assert judge(clocks_agree, absent(HostClock, _because("HST108"))).run is Run.UNDETERMINED


def _changed(after_start: timedelta) -> CheckResult:
    times = {"conf/flashphoner.properties": STARTED + after_start}
    return judge(settings_in_effect, replace(NEW, settings_modified=times), RUNNING)


def test_settings_changed_after_the_start_are_a_warning() -> None:
    assert _changed(timedelta(days=-1)).status is Status.PASS
    assert _changed(timedelta(seconds=2)).status is Status.PASS
    result = _changed(timedelta(hours=1))
    assert result.status is Status.WARN
    assert "sudo systemctl restart webcallserver" in _commands(result)


def test_settings_of_a_wcs_that_does_not_run_are_not_in_effect_anyway() -> None:
    assert judge(settings_in_effect, NEW, STOPPED).run is Run.NOT_APPLICABLE


def test_settings_that_were_read_pass() -> None:
    settings = Settings({"http.port": Setting("8081", "f:1")}, {}, ("/x/f",))

    assert judge(settings_readable, settings).status is Status.PASS


@pytest.mark.parametrize(
    ("failure", "run"),
    [(HostFailure.NOT_FOUND, Run.COMPLETED), (HostFailure.PERMISSION, Run.UNDETERMINED)],
)
def test_a_missing_file_fails_and_a_closed_one_is_undetermined(
    failure: HostFailure, run: Run
) -> None:
    reason = _because("HST111", HostError(failure, "literal words"))

    result = judge(settings_readable, absent(Settings, reason))

    assert result.run is run
    assert result.status is (Status.FAIL if run is Run.COMPLETED else None)
