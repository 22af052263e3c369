"""The window of the logs that a run looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.clock import HostClock
from wcsdiag.facts.log_reading import FileWindow, read_window
from wcsdiag.facts.logs import LogFile, ServerLog, lost
from wcsdiag.facts.processes import Processes
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.model import Evidence, Fix, Unavailable
from wcsdiag.registry import fact
from wcsdiag.target import Intent

DEFAULT_WINDOW = timedelta(hours=1)

# The start of a process is known to a second or so, and its first lines come right after it.
_START_SLACK = timedelta(seconds=5)


@dataclass(frozen=True)
class Window:
    """`since` and `now` are the host's time, aware; `named` says why it begins there."""

    since: datetime
    now: datetime
    named: str


@dataclass(frozen=True)
class LogWindow:
    """The log of the hooks since the window's beginning, and the core's log where it is another.

    `core_problem` says why the core's log is None though the generation has one.
    """

    window: Window
    hooks: FileWindow
    core: FileWindow | None = None
    core_problem: str = ""


@fact
def log_window(
    access: HostAccess,
    log: ServerLog,
    clock: HostClock,
    intent: Intent,
    processes: Processes | Unavailable,
) -> LogWindow:
    """Both logs, thinned out on the host where they are large."""
    started = _started(processes)
    window = choose_window(intent, started, datetime.now(UTC) + clock.ahead, clock)
    hooks = _read(access, log.hooks, window, clock)
    core, problem = None, ""
    if log.core is not None:
        try:
            core = _read(access, log.core, window, clock)
        except Unavailable as error:
            problem = error.reason
    return LogWindow(window, hooks, core, problem)


def choose_window(
    intent: Intent, started: datetime | None, now: datetime, clock: HostClock
) -> Window:
    """What `--since` says; else one hour, or since WCS started where that is shorter."""
    now = now.astimezone(clock.zone)
    since = now - (intent.since or DEFAULT_WINDOW)
    if intent.since is None and started is not None and started > since:
        began = started.astimezone(clock.zone)
        return Window(began - _START_SLACK, now, f"since WCS started at {began:%H:%M:%S}")
    return Window(since, now, f"since {since:%Y-%m-%d %H:%M:%S}")


def _started(processes: Processes | Unavailable) -> datetime | None:
    if isinstance(processes, Unavailable) or processes.core is None:
        return None
    return processes.core.started


def _read(access: HostAccess, log: LogFile, window: Window, clock: HostClock) -> FileWindow:
    if not log.readable:
        raise Unavailable(
            f"{log.role} cannot be read: {log.refusal}",
            because="LOG102",
            evidence=(Evidence(log.refusal, f"host: {log.path}"),),
            fix=Fix(log.grant) if log.grant else None,
        )
    try:
        return read_window(access.host, log, window.since, clock)
    except HostError as error:
        if error.reason is HostFailure.NOT_FOUND:
            reason = f"{log.role} went away while it was read: {error}"
            raise Unavailable(reason, because="LOG101") from error
        if error.reason is HostFailure.PERMISSION:
            reason = f"{log.role} cannot be read: {error}"
            raise Unavailable(reason, because="LOG102") from error
        raise lost(error) from error
