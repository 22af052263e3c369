"""The processes of WCS on the host."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.installation import CannotTellError, Installation
from wcsdiag.facts.survey import Survey, candidates
from wcsdiag.host.interface import Host, HostError
from wcsdiag.model import Fix, Unavailable
from wcsdiag.registry import fact
from wcsdiag.wcs.process_table import JavaProcess

_GRANT = Fix(
    "Let the SSH user see other users' processes: log in as root, or allow sudo without a password."
)


@dataclass(frozen=True)
class Process:
    """One process. The numbers of open files are None where reading them needs permission.

    `open_files_at_most` can be read without it. `command` is without secrets. `resident_kb` is
    the memory in use, in KiB. `found_by` says why this process was taken for it.
    """

    pid: int
    user: str
    started: datetime
    command: str
    open_files: int | None = None
    open_files_limit: int | None = None
    resident_kb: int | None = None
    found_by: str = ""
    open_files_at_most: int | None = None


@dataclass(frozen=True)
class Processes:
    """The core process, and the Manager process of generations that have one; None: not seen.

    `stale_pid_files` name a process that does not run. `other_cores` are core processes of
    another installation. `core_home` is the home in the core's command line, where it is not the
    installation's: another version than the installed one runs.
    """

    core: Process | None
    manager: Process | None
    where: str
    stale_pid_files: tuple[str, ...] = ()
    other_cores: tuple[Process, ...] = ()
    core_home: str | None = None


@dataclass(frozen=True)
class _Core:
    process: JavaProcess
    found_by: str
    home: str | None = None


@fact
def processes(access: HostAccess, installation: Installation, survey: Survey) -> Processes:
    """WCS's own among the Java processes: by pid file, by home, else the only one there is."""
    cores = [process for process in survey.table.processes if process.is_core]
    core = _by_home(cores, installation, survey) or _by_exclusion(
        access.host, cores, installation, survey
    )
    if core is None and survey.table.hidden:
        reason = "The host hides other users' processes from the SSH user"
        cause = CannotTellError(survey.refusal or reason)
        raise Unavailable(reason, because="HST103", fix=_GRANT) from cause
    others = (process for process in cores if core is None or process is not core.process)
    return Processes(
        core=_with_open_files(access.host, core) if core else None,
        manager=_manager(installation, survey),
        where="host: /proc",
        stale_pid_files=_stale_pid_files(survey),
        other_cores=tuple(_process(process, "") for process in others),
        core_home=core.home if core else None,
    )


def _by_home(cores: list[JavaProcess], installation: Installation, survey: Survey) -> _Core | None:
    for path, pid in survey.table.pid_files.items():
        if path.startswith(installation.home + "/"):
            for process in cores:
                if process.pid == pid:
                    return _Core(process, f"pid file {path}")
    for home in (installation.home, installation.real_home):
        for process in cores:
            if home and process.names(home):
                return _Core(process, f"its command line names {home}")
    return None


def _by_exclusion(
    host: Host, cores: list[JavaProcess], installation: Installation, survey: Survey
) -> _Core | None:
    """A core of another version beside the installed one, else one that names no home at all."""
    pids = set(survey.table.pid_files.values())
    ranked = sorted(cores, key=lambda process: process.pid not in pids)
    homes = [_home_of(host, process, root=survey.as_root) for process in ranked]
    for process, home in zip(ranked, homes, strict=True):
        if home is not None and _is_another_version(home, installation.home):
            return _Core(process, f"its command line names {home}", home)
    for process, home in zip(ranked, homes, strict=True):
        if home is None:
            return _Core(process, "its main class")
    return None


def _is_another_version(home: str, installed: str) -> bool:
    """True for `.../FlashphonerWebCallServer-5.2.1` beside `.../FlashphonerWebCallServer`."""
    return home.startswith(f"{installed}-")


def _home_of(host: Host, process: JavaProcess, *, root: bool) -> str | None:
    """The home of a process by its command line, which may be gone from the disk already."""
    try:
        found = candidates(host, process.possible_homes, root=root)
    except HostError:
        found = ()
    verified = (home.path for home in found if home.is_wcs)
    return next(verified, process.home_of_error_file)


def _manager(installation: Installation, survey: Survey) -> Process | None:
    homes = [home for home in (installation.home, installation.real_home) if home]
    for process in survey.table.processes:
        if process.is_manager_of(*homes):
            return _process(process, "its command line names the home and a manager")
    return None


def _stale_pid_files(survey: Survey) -> tuple[str, ...]:
    running = {process.pid for process in survey.table.processes}
    files = survey.table.pid_files.items()
    return tuple(f"{path}: {pid}" for path, pid in files if pid not in running)


def _with_open_files(host: Host, core: _Core) -> Process:
    process = _process(core.process, core.found_by)
    if process.open_files is not None:
        return process
    try:
        counted = host.run("ls /proc/%s/fd | wc -l", str(process.pid), root=True).text.strip()
    except HostError:
        return process
    # An empty list is not a process without files, but a directory that could not be read.
    known = counted.isdecimal() and int(counted) > 0
    return replace(process, open_files=int(counted)) if known else process


def _process(process: JavaProcess, found_by: str) -> Process:
    return Process(
        pid=process.pid,
        user=process.user,
        started=process.started,
        command=process.command,
        open_files=process.open_files,
        open_files_limit=process.open_files_limit,
        resident_kb=process.resident_kb,
        found_by=found_by,
        open_files_at_most=process.open_files_at_most,
    )
