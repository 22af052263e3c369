"""WCS's processes, among real ones."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.facts.wcs_host import PID_FILE, gather, lay_out, running
from wcsdiag.errors import WcsdiagError
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.processes import processes
from wcsdiag.facts.survey import Survey
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.model import Unavailable
from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.home import parse_homes
from wcsdiag.wcs.process_table import CORE_MAIN_CLASS, parse_process_table


def test_the_core_is_found_by_its_home_with_all_details(tmp_path: Path) -> None:
    home = lay_out(tmp_path / "wcs")

    with running(f"-XX:ErrorFile={home}/logs/error%p.log", CORE_MAIN_CLASS) as pid:
        _, found = gather(home)

    core = found.core
    assert core is not None
    assert core.pid == pid
    assert abs(datetime.now(UTC) - core.started) < timedelta(minutes=1)
    assert core.open_files
    assert core.open_files_limit is None or core.open_files_limit > 0
    assert core.resident_kb


def test_two_wcs_on_one_machine_are_told_apart(tmp_path: Path) -> None:
    ours, theirs = lay_out(tmp_path / "wcs"), lay_out(tmp_path / "wcs2")

    with running(f"{theirs}/lib/x.jar", CORE_MAIN_CLASS) as other:
        assert gather(ours)[1].core is None
        with running(f"{ours}/lib/x.jar", CORE_MAIN_CLASS) as pid:
            found = gather(ours)[1]

    assert found.core is not None
    assert found.core.pid == pid
    assert other in {process.pid for process in found.other_cores}


def test_the_old_version_that_still_runs_beside_the_link_is_the_core(tmp_path: Path) -> None:
    old, new = lay_out(tmp_path / "wcs-5.2.1"), lay_out(tmp_path / "wcs-5.2.2")
    (tmp_path / "wcs").symlink_to(new)

    with running(f"{old}/lib/x.jar", CORE_MAIN_CLASS) as pid:
        _, found = gather(tmp_path / "wcs")

    assert found.core is not None
    assert found.core.pid == pid
    assert found.core_home == str(old)


def test_a_pid_file_without_its_process_is_stale(tmp_path: Path) -> None:
    home = lay_out(tmp_path / "wcs")
    with running() as ended:
        pass
    (home / PID_FILE).write_text(str(ended))

    _, found = gather(home)

    assert found.core is None
    assert found.stale_pid_files == (f"{home}/{PID_FILE}: {ended}",)


def test_a_core_whose_home_is_gone_is_not_ours(tmp_path: Path) -> None:
    home = lay_out(tmp_path / "wcs")

    with running(f"-XX:ErrorFile={tmp_path}/gone/logs/error%p.log", CORE_MAIN_CLASS) as pid:
        _, found = gather(home)

    assert found.core is None
    assert pid in {process.pid for process in found.other_cores}


def test_a_manager_is_inferred_from_home_and_name(tmp_path: Path) -> None:
    home = lay_out(tmp_path / "wcs", version="4.0.1")

    with running(f"{home}/lib/java-Manager.jar") as pid:
        _, found = gather(home)

    assert found.manager is not None
    assert found.manager.pid == pid


_HOME = "/opt/wcs"
_INSTALLATION = Installation(_HOME, Generation.WITHOUT_MANAGER, None, "test", "test")


def _survey(*lines: str) -> Survey:
    home = parse_homes(f"home {_HOME}\n")[0]
    return Survey(parse_process_table("\n".join(["btime 1", *lines])), home)


def _core(pid: int) -> tuple[str, ...]:
    stat = "1 (java) " + " ".join(["0"] * 25)
    args = f"java\x1f{_HOME}/lib/x.jar\x1f{CORE_MAIN_CLASS}"
    return (f"pid {pid}", f"stat {stat}", f"args {args}", "fds ")


def test_the_pid_file_decides_where_no_command_line_names_a_home() -> None:
    lines = [line.replace(_HOME, "/jars") for pid in (76, 77, 78) for line in _core(pid)]
    survey = _survey(f"pidfile 77 {_HOME}/{PID_FILE}", *lines)

    found = processes(HostAccess(RecordedHost()), _INSTALLATION, survey)

    assert found.core is not None
    assert found.core.pid == 77
    assert PID_FILE in found.core.found_by
    assert {process.pid for process in found.other_cores} == {76, 78}


def test_the_only_process_with_the_main_class_is_taken_where_nothing_speaks_against_it() -> None:
    survey = _survey(*(line.replace(_HOME, "/jars") for line in _core(76)))

    found = processes(HostAccess(RecordedHost()), _INSTALLATION, survey)

    assert found.core is not None
    assert found.core.found_by == "its main class"


def test_where_other_users_processes_are_hidden_absence_proves_nothing() -> None:
    with pytest.raises(Unavailable) as raised:
        processes(HostAccess(RecordedHost()), _INSTALLATION, _survey("hidden"))

    assert raised.value.because == "HST103"
    assert isinstance(raised.value.__cause__, WcsdiagError)


@pytest.mark.parametrize(("allowed", "count"), [(True, 312), (False, None)])
def test_open_files_are_counted_as_root_where_that_is_allowed(
    allowed: bool, count: int | None
) -> None:
    host = RecordedHost(root=allowed, commands={"ls /proc/77/fd | wc -l": "312\n"})

    found = processes(HostAccess(host), _INSTALLATION, _survey(*_core(77)))

    assert found.core is not None
    assert found.core.open_files == count


def test_our_own_process_is_none_of_them(tmp_path: Path) -> None:
    _, found = gather(lay_out(tmp_path / "wcs"))

    pids = {process.pid for process in (*found.other_cores, found.core, found.manager) if process}
    assert os.getpid() not in pids
