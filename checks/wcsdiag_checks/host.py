"""HST host: WCS on it, and its processes."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta

from wcsdiag.errors import WcsdiagError
from wcsdiag.facts.clock import HostClock
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.processes import Processes
from wcsdiag.facts.sockets import ListeningSockets
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.model import (
    Evidence,
    Finding,
    Fix,
    NotApplicable,
    Unavailable,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.registry import Observations, check
from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.process_table import CORE_MAIN_CLASS
from wcsdiag.wcs.settings import Settings

_MANAGER_PORTS = (9091, 1099)
_CLOCKS_APART_S = 5
_ONLY_JUST = timedelta(minutes=10)
_SLACK = timedelta(seconds=10)
"""Start times are known to a second or two, and a restart writes and starts in one go."""


@check("HST102", "WCS is found on the host", explained_by=("HST101",))
def wcs_found(installation: Installation | Unavailable) -> Observations:
    """Settings, logs, ports and CLI are looked for where WCS is, and as its generation has them.

    Fix
    ---
    Name the directory that holds WCS's `conf`, `bin` and `logs`, if it is not the vendor's::

        wcsdiag all --host HOST --wcs-home /opt/FlashphonerWebCallServer
    """
    if isinstance(installation, Unavailable):
        if installation.because != "HST102":
            raise installation
        hidden = isinstance(installation.__cause__, WcsdiagError)
        say = undetermined if hidden else failed
        yield say(installation.reason, *installation.evidence, fix=installation.fix)
        return
    version = installation.version or "of unknown version"
    yield passed(
        f"WCS {version} in {installation.home}: {installation.generation.value}",
        Evidence(installation.found_by, f"host: {installation.home}"),
        Evidence(installation.generation_found_by, f"host: {installation.home}"),
    )


@check("HST103", "WCS's core process runs", explained_by=("HST101", "HST102"))
def core_runs(
    processes: Processes | Unavailable,
    installation: Installation | Unavailable,
    clock: HostClock | Unavailable,
) -> Observations:
    """The core process sends the hooks of WCS 5.1 and later, and serves the clients of all.

    Fix
    ---
    Start the service; where systemd gave up after five starts in 120 s, reset that first::

        sudo systemctl reset-failed webcallserver
        sudo systemctl start webcallserver
        tail -n 50 /usr/local/FlashphonerWebCallServer/logs/startup.log
    """
    if isinstance(installation, Unavailable):
        raise installation
    if isinstance(processes, Unavailable):
        if processes.because != "HST103":
            raise processes
        yield undetermined(processes.reason, *processes.evidence, fix=processes.fix)
        return
    if processes.core is None:
        yield _core_not_seen(processes, installation)
        return
    core = processes.core
    yield passed(
        f"The core process runs as PID {core.pid}, user {core.user}, since {_time(core.started)}"
        + _only_just(core.started, clock),
        Evidence(core.command[:300], f"host: /proc/{core.pid}/cmdline"),
        Evidence(core.found_by, processes.where),
    )
    if processes.core_home is not None:
        yield warned(
            f"The core process runs from {processes.core_home}, not from {installation.home}",
            Evidence(core.command[:300], f"host: /proc/{core.pid}/cmdline"),
            fix=Fix("Restart WCS, so that the installed version runs.", _restart(installation)),
        )


@check("HST104", "WCS's Manager process runs", explained_by=("HST101", "HST102", "HST103"))
def manager_runs(
    processes: Processes | Unavailable,
    installation: Installation,
    sockets: ListeningSockets | Unavailable,
) -> Observations:
    """In WCS with Manager (4, 5.0) the Manager sends the hooks and runs the CLI.

    How its process is named is not documented. It is taken to run where a process of this home
    has "manager" in its command line, or where something listens on its ports 9091 or 1099.

    Fix
    ---
    Restart WCS, and read why the Manager ended::

        cd /usr/local/FlashphonerWebCallServer/bin && sudo ./webcallserver stop
        cd /usr/local/FlashphonerWebCallServer/bin && sudo ./webcallserver start
        tail -n 50 /usr/local/FlashphonerWebCallServer/logs/flashphoner_manager.log
    """
    if installation.generation is Generation.WITHOUT_MANAGER:
        raise NotApplicable(f"{installation.generation.value} has no Manager")
    manager = processes.manager if isinstance(processes, Processes) else None
    if manager is not None:
        yield passed(
            f"The Manager process seems to be PID {manager.pid}, since {_time(manager.started)}",
            Evidence(manager.command[:300], f"host: /proc/{manager.pid}/cmdline"),
            Evidence(manager.found_by, "host: /proc"),
        )
        return
    if isinstance(sockets, Unavailable):
        yield undetermined(
            f"No process of {installation.home} is named like a Manager, and the listening "
            f"ports are not known: {sockets.reason}"
        )
        return
    listening = [str(found) for port in _MANAGER_PORTS for found in sockets.on(port)]
    if listening:
        yield passed(
            "The Manager is taken to run: its ports listen",
            Evidence(", ".join(listening), sockets.where),
        )
        return
    yield failed(
        "The Manager does not run: no process is named like it, and neither 9091 nor 1099 listens",
        Evidence("no socket on port 9091 or 1099", sockets.where),
        fix=Fix(
            "Restart WCS, then read the end of the Manager's log.",
            (
                *_restart(installation),
                f"tail -n 50 {_in(installation, 'logs/flashphoner_manager.log')}",
            ),
        ),
    )


@check("HST108", "The host's clock agrees with the operator's", explained_by=("HST101",))
def clocks_agree(clock: HostClock | Unavailable) -> Observations:
    """Log lines, certificates and tokens are judged by the clock: one that is wrong misleads.

    Fix
    ---
    Let both machines keep time from the network::

        timedatectl status
        sudo timedatectl set-ntp true
    """
    if isinstance(clock, Unavailable):
        if clock.because != "HST108":
            raise clock
        yield undetermined(clock.reason, *clock.evidence)
        return
    ahead, precision = clock.ahead.total_seconds(), clock.precision.total_seconds()
    seen = Evidence(f"{ahead:+.1f} s, to within {precision:.1f} s; {clock.zone_name}", "host: date")
    if abs(ahead) - precision <= _CLOCKS_APART_S:
        yield passed("Host and operator have the same time", seen)
        return
    direction = "ahead of" if ahead > 0 else "behind"
    yield warned(
        f"The host's clock is {abs(ahead):.0f} s {direction} the operator's",
        seen,
        fix=Fix(
            "Find out which of the two is wrong, and let it keep time from the network.",
            ("timedatectl status", "sudo timedatectl set-ntp true"),
        ),
    )


@check("HST109", "The settings are in effect", explained_by=("HST101", "HST102", "HST103"))
def settings_in_effect(installation: Installation, processes: Processes) -> Observations:
    """WCS reads its settings when it starts: what was changed since does not count yet.

    Fix
    ---
    Restart WCS when no call would suffer::

        sudo systemctl restart webcallserver
    """
    if processes.core is None:
        raise NotApplicable("The core process does not run: no settings are in effect")
    if not installation.settings_modified:
        raise Unavailable("No settings file could be seen", because="HST111")
    started = processes.core.started
    for path, modified in sorted(installation.settings_modified.items()):
        where = f"host: {installation.home}/{path}"
        seen = Evidence(f"changed {_time(modified)}; process started {_time(started)}", where)
        if modified > started + _SLACK:
            yield warned(
                f"{path} was changed after WCS was started: not in effect until a restart",
                seen,
                fix=Fix("Restart WCS when no call would suffer.", _restart(installation)),
                subject=path,
            )
        else:
            yield passed(f"{path} is older than the process", seen, subject=path)


@check("HST111", "WCS's settings can be read", explained_by=("HST101", "HST102"))
def settings_readable(settings: Settings | Unavailable) -> Observations:
    """Ports, time limits, signatures and proxies all stand in two files in WCS's `conf`.

    Fix
    ---
    Let the SSH user read them, by group or by sudo without a password::

        sudo usermod -a -G flashphoner USER
    """
    if isinstance(settings, Unavailable):
        if settings.because != "HST111":
            raise settings
        cause = settings.__cause__
        missing = isinstance(cause, HostError) and cause.reason is HostFailure.NOT_FOUND
        say = failed if missing else undetermined
        yield say(settings.reason, *settings.evidence, fix=settings.fix)
        return
    count = len(settings.flashphoner) + len(settings.jvm)
    read = (Evidence(f"{path} was read", f"host: {path}") for path in settings.files)
    yield passed(f"{count} settings and JVM options were read", *read)


def _core_not_seen(processes: Processes, installation: Installation) -> Finding:
    seen = [
        Evidence(f"no process with {CORE_MAIN_CLASS} of {installation.home}", processes.where),
        *(
            Evidence(f"{stale}: no such process", "host: pid file")
            for stale in processes.stale_pid_files
        ),
        *(
            Evidence(f"of another installation: {other.command[:200]}", f"host: /proc/{other.pid}")
            for other in processes.other_cores[:3]
        ),
    ]
    ended = ": it ended without removing its pid file" if processes.stale_pid_files else ""
    log = f"tail -n 50 {_in(installation, 'logs/startup.log')}"
    return failed(
        f"The core process of WCS does not run{ended}",
        *seen,
        fix=Fix("Start WCS; if it does not stay up, read why.", (*_start(installation), log)),
    )


def _only_just(started: datetime, clock: HostClock | Unavailable) -> str:
    ahead = clock.ahead if isinstance(clock, HostClock) else timedelta(0)
    age = datetime.now(UTC) + ahead - started
    if age > _ONLY_JUST:
        return ""
    return f" (only {max(0, int(age.total_seconds()))} s ago: was it restarted?)"


def _start(installation: Installation) -> tuple[str, ...]:
    if installation.generation is Generation.WITH_MANAGER:
        return (f"cd {_in(installation, 'bin')} && sudo ./webcallserver start",)
    return (
        "sudo systemctl reset-failed webcallserver",
        "sudo systemctl start webcallserver",
        "sudo journalctl -u webcallserver -n 50",
    )


def _restart(installation: Installation) -> tuple[str, ...]:
    if installation.generation is Generation.WITH_MANAGER:
        stop = f"cd {_in(installation, 'bin')} && sudo ./webcallserver stop"
        return (stop, *_start(installation))
    return ("sudo systemctl restart webcallserver",)


def _in(installation: Installation, path: str) -> str:
    return shlex.quote(f"{installation.home}/{path}")


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}"
