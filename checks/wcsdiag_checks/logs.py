"""Group LOG, logs: the log of the hooks is there, can be read, and is written."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta

from wcsdiag.facts.by_hand import on_host
from wcsdiag.facts.clock import HostClock
from wcsdiag.facts.crash_reports import CrashReport, CrashReports
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.log_window import DEFAULT_WINDOW
from wcsdiag.facts.logs import LogFile, LogSearch, ServerLog
from wcsdiag.facts.processes import Process, Processes
from wcsdiag.model import (
    Evidence,
    Finding,
    Fix,
    Unavailable,
    Undetermined,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.registry import Observations, check
from wcsdiag.target import Intent, Target
from wcsdiag.wcs.generation import Generation

_START_UP = timedelta(minutes=5)
_OTHERS = 5


@check(
    "LOG101",
    "The log of the hooks is there",
    explained_by=("HST103", "HST104", "HST105"),
)
def log_is_there(target: Target, installation: Installation, search: LogSearch) -> Observations:
    """Most hooks fail unseen: by default WCS writes the failure to its log and goes on.

    WCS with Manager (4, 5.0) writes hooks to `logs/flashphoner_manager.log`, WCS 5.1 and later to
    `logs/server_logs/flashphoner.log`. Without that log nobody can say what became of a hook.

    Fix
    ---
    See what is there, who owns it, and where `conf/log4j.properties` sends the log; then start
    WCS anew::

        ls -lR WCS_HOME/logs
        grep -i appender WCS_HOME/conf/log4j.properties
    """
    if search.log is not None:
        yield passed(f"found {search.log.path}", _seen(search.log))
        return
    place = Evidence(search.problem, f"host: {search.path}")
    if search.hidden:
        fix = Fix(
            search.grant or "Let the SSH user look into WCS's directories, or run sudo -n.",
            (on_host(target, f"ls -ld {shlex.quote(installation.home)}/logs"),),
        )
        yield undetermined(f"{search.path} may be there, but cannot be seen", place, fix=fix)
        return
    home = shlex.quote(installation.home)
    fix = Fix(
        "See who owns WCS's logs and where conf/log4j.properties sends them, mend that, and "
        "start WCS anew.",
        (
            on_host(target, f"ls -lR {home}/logs"),
            on_host(target, f"grep -i appender {home}/conf/log4j.properties"),
            on_host(target, f"sudo {home}/bin/webcallserver set-permissions"),
        )
        if installation.generation is Generation.WITHOUT_MANAGER
        else (
            on_host(target, f"ls -lR {home}/logs"),
            on_host(target, f"grep -i appender {home}/conf/log4j.properties"),
        ),
    )
    listed = "\n".join(search.nearby) or "(nothing)"
    nearby = Evidence(listed, f"host: {installation.home}/logs")
    yield failed(
        f"{search.role}, which holds the hooks, is not there: {search.path}",
        place,
        nearby,
        fix=fix,
    )


@check("LOG102", "The log of the hooks can be read")
def log_is_readable(target: Target, log: ServerLog) -> Observations:
    """What WCS says of failed hooks is in this log alone, so wcsdiag must be able to read it.

    A refusal is no fault of WCS: it says that the SSH login lacks permission.

    Fix
    ---
    Put the SSH user into the group that owns the log, or let it run `sudo` without a password::

        ls -l WCS_HOME/logs/server_logs/flashphoner.log
        sudo usermod -a -G flashphoner SSH_USER
    """
    logs = [log.hooks] if log.core is None else [log.hooks, log.core]
    for file in logs:
        if file.readable:
            how = "through sudo" if file.needs_root else "as the SSH user"
            yield passed(f"{file.role} can be read, {how}", _seen(file))
        else:
            yield _refused(target, file)


def _refused(target: Target, file: LogFile) -> Undetermined:
    user, path = shlex.quote(target.ssh_user or "SSH_USER"), shlex.quote(file.path)
    grant = f" {file.grant}" if file.grant else ""
    allow = f'sudo usermod -a -G "$(stat -c %G {path})" {user}'
    how = "put it into the group that owns the file"
    if file.owner == "root":
        # The file's group may be root's, which gives far more than a log.
        directory = shlex.quote(file.path.rpartition("/")[0])
        allow = f"sudo setfacl -R -m u:{user}:rX -m d:u:{user}:rX {directory}"
        how = "grant it this directory"
    fix = Fix(
        f"Let the SSH user read {file.path}: {how}, or allow it sudo without a password.{grant}",
        (on_host(target, f"ls -l {path}"), allow),
    )
    refusal = Evidence(file.refusal, f"host: {file.path}")
    return undetermined(f"{file.role} cannot be read", refusal, _seen(file), fix=fix)


@check(
    "LOG103",
    "The log of the hooks is fresh",
    explained_by=("HST103", "HST104", "HST105"),
)
def log_is_fresh(
    target: Target,
    intent: Intent,
    log: ServerLog,
    clock: HostClock,
    processes: Processes | Unavailable,
) -> Observations:
    """A log that WCS no longer writes says nothing of today's hooks.

    Without traffic WCS logs little, so an old log alone is only a warning. It is a fault where WCS
    was started after the log's last change: then it writes elsewhere, or cannot write.

    Fix
    ---
    See whether the file's owner is the user that WCS runs as, whether the disk is full, and
    whether another file is written instead::

        ls -lt WCS_HOME/logs WCS_HOME/logs/server_logs
        df -h WCS_HOME/logs
    """
    file, now = log.hooks, datetime.now(UTC) + clock.ahead
    age, window = now - file.modified, intent.since or DEFAULT_WINDOW
    modified = f"{file.modified.astimezone(clock.zone):%Y-%m-%d %H:%M:%S}"
    writer = None if isinstance(processes, Unavailable) else _writer(file, processes)
    if age <= window:
        empty = "; it is empty" if file.size == 0 else ""
        yield passed(f"{file.role} was written {_ago(age)}{empty}", _seen(file))
        return
    started = None if writer is None else writer.started
    evidence = [_seen(file)]
    if writer is not None:
        since = (
            f"pid {writer.pid} started {writer.started.astimezone(clock.zone):%Y-%m-%d %H:%M:%S %Z}"
        )
        evidence.append(Evidence(since, "host: process list", writer.started))
    if started is not None and started > file.modified + _START_UP:
        young = now - started < _START_UP
        hint = " (it started just now: look again in a minute)" if young else ""
        yield failed(
            f"{file.role} was last written {modified}, before WCS started: WCS does not write it"
            f"{hint}",
            *evidence,
            fix=_stale(target, file),
        )
        return
    yield warned(
        f"{file.role} was last written {_ago(age)}, at {modified}: no traffic, or WCS cannot "
        "write it",
        *evidence,
        fix=_stale(target, file),
    )


def _writer(file: LogFile, processes: Processes) -> Process | None:
    is_managers = file.path.endswith(Generation.WITH_MANAGER.hook_log)
    return processes.manager if is_managers else processes.core


def _stale(target: Target, file: LogFile) -> Fix:
    path = shlex.quote(file.path)
    directory = shlex.quote(file.path.rpartition("/")[0])
    return Fix(
        "See whether the log's owner is the user that WCS runs as, whether the disk is full, and "
        "which file is written instead.",
        (
            on_host(target, f"ls -l {path}"),
            on_host(target, f"ls -lt {directory}"),
            on_host(target, f"df -h {directory}"),
        ),
    )


@check("LOG106", "The Java machine left no crash report in the window")
def no_crash_report(target: Target, crashes: CrashReports) -> Observations:
    """When the Java machine crashes, WCS is gone with every call and stream that it held.

    systemd starts it again, so a crash is easily missed. The report is `logs/error<pid>.log`.

    Fix
    ---
    Keep the report, read its first lines (a signal, a library, or missing memory), and send it to
    the vendor::

        ls -lt WCS_HOME/logs/error*.log
        head -n 40 WCS_HOME/logs/error<pid>.log
    """
    fresh = [report for report in crashes.reports if report.modified >= crashes.since]
    for report in fresh[:_OTHERS]:
        yield _crash(target, report)
    if fresh:
        return
    place = f"host: {crashes.directory}/error*.log"
    if crashes.reports:
        newest = crashes.reports[0]
        older = Evidence(f"{newest.path}  {newest.modified:%Y-%m-%d %H:%M %Z}", place)
        yield passed("no crash report in the window; the newest one is older", older)
        return
    yield passed("there is no crash report", Evidence("(no such file)", place))


def _crash(target: Target, report: CrashReport) -> Finding:
    when = f"{report.modified:%Y-%m-%d %H:%M:%S %Z}"
    fix = Fix(
        "Read the report's first lines and send it to the vendor; where it speaks of memory, see "
        "-Xmx in conf/wcs-core.properties and the host's memory.",
        (on_host(target, f"head -n 40 {shlex.quote(report.path)}"),),
    )
    evidence = Evidence(report.excerpt, f"host: {report.path}", report.modified)
    return failed(f"the Java machine of WCS crashed at {when}", evidence, fix=fix)


def _seen(file: LogFile) -> Evidence:
    text = f"{file.size} bytes, owner {file.owner}, mode {file.mode & 0o7777:04o}"
    return Evidence(text, f"host: {file.path}", file.modified)


def _ago(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    if seconds < 0:
        return "in the future of the host's clock" if seconds < -60 else "just now"
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} seconds ago"
