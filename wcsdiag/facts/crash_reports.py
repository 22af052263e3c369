"""Reports that the Java machine leaves behind when it crashes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.clock import HostClock
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.logs import lost, stat_file
from wcsdiag.host.interface import CommandResult, Host, HostError, HostFailure
from wcsdiag.model import Unavailable
from wcsdiag.registry import fact
from wcsdiag.target import Intent

DEFAULT_WINDOW = timedelta(hours=1)

_LIST = "LC_ALL=C ls -1t -- %s"
_NAME = re.compile(r"error\d+\.log|hs_err_pid\d+\.log", re.ASCII)
_MOST = 10
_HEAD = 4096
_LINES = 8
_LINE = 200


@dataclass(frozen=True)
class CrashReport:
    """One report; `excerpt` is the beginning of it, where it could be read."""

    path: str
    modified: datetime
    excerpt: str


@dataclass(frozen=True)
class CrashReports:
    """The reports in `directory`, newest first, at most ten.

    `since` is the beginning of the window. It is not shortened to the process's start: a crash
    lies before the start of the process that came after it.
    """

    directory: str
    since: datetime
    reports: tuple[CrashReport, ...]


@fact
def crash_reports(
    access: HostAccess, installation: Installation, clock: HostClock, intent: Intent
) -> CrashReports:
    """`-XX:ErrorFile` is `logs/error%p.log` (wcs.md 2.2); `hs_err_pid%p.log` is Java's default."""
    directory = f"{installation.home}/logs"
    names = [name for name in _list(access.host, directory).splitlines() if _NAME.fullmatch(name)]
    reports = []
    for name in names[:_MOST]:
        report = _report(access.host, f"{directory}/{name}")
        if report is not None:
            reports.append(report)
    reports.sort(key=lambda report: report.modified, reverse=True)
    since = datetime.now(UTC) + clock.ahead - (intent.since or DEFAULT_WINDOW)
    return CrashReports(directory, since, tuple(reports))


def _list(host: Host, directory: str) -> str:
    """Raises `Unavailable`: an empty answer would look like no crash."""
    try:
        result = host.run(_LIST, directory)
        if "Permission denied" in result.error_text:
            result = host.run(_LIST, directory, root=True)
    except HostError as error:
        if error.reason is not HostFailure.PERMISSION:
            raise lost(error) from error
        reason = f"{directory} cannot be listed: {error}"
        raise Unavailable(reason, because="LOG102") from error
    return _listed(result, directory)


def _listed(result: CommandResult, directory: str) -> str:
    if result.exit_status == 0 or result.truncated:
        return result.text
    because = "LOG101" if "No such file" in result.error_text else "LOG102"
    raise Unavailable(f"{directory} cannot be listed: {result.error_text[:400]}", because=because)


def _report(host: Host, path: str) -> CrashReport | None:
    try:
        modified = stat_file(host, path).modified
    except HostError:
        return None
    try:
        head = host.read(path, limit=_HEAD).decode("utf-8", "replace")
    except HostError as error:
        return CrashReport(path, modified, f"(not readable: {error})")
    lines = [line.rstrip()[:_LINE] for line in head.split("\n") if line.strip(" #\r")]
    return CrashReport(path, modified, "\n".join(lines[:_LINES]))
