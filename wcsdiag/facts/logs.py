"""The logs of WCS on the host: which ones there are, and whether they can be read."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.installation import Installation
from wcsdiag.host.interface import FileStat, Host, HostError, HostFailure
from wcsdiag.model import Evidence, Fix, Unavailable
from wcsdiag.registry import fact
from wcsdiag.wcs.generation import Generation

_STAT = "LC_ALL=C stat -L -c %s -- %s"
_STAT_AND_READ = "LC_ALL=C stat -L -c %s -- %s && head -c 1 -- %s >/dev/null"
_STAT_FORMAT = "%s %Y %a %U %F"
_NEARBY = 20


@dataclass(frozen=True)
class LogFile:
    """One log. `role` is a phrase: "the Manager's log".

    `needs_root` says that it is read through sudo. Where not `readable`, `refusal` is the literal
    error and `grant` what would help. `looked_at` is when, by `time.monotonic`.
    """

    path: str
    role: str
    size: int
    modified: datetime
    owner: str
    mode: int
    readable: bool = True
    needs_root: bool = False
    refusal: str = ""
    grant: str = ""
    looked_at: float = float("-inf")

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class LogSearch:
    """What the look for the log of the hooks gave. `path` is where this generation writes it.

    `log` is None where it was not found; `hidden` then says that permission to look is missing,
    not the file. `nearby` lists what is in `logs/` instead. `core` is the core's own log, where
    the hooks are in another.
    """

    path: str
    role: str
    log: LogFile | None
    hidden: bool
    problem: str
    grant: str
    nearby: tuple[str, ...]
    core: LogFile | None


@dataclass(frozen=True)
class ServerLog:
    """The log that holds the hooks, found; and the core's own log where it is another."""

    hooks: LogFile
    core: LogFile | None


@fact
def log_search(access: HostAccess, installation: Installation) -> LogSearch:
    """With Manager the hooks are in the Manager's log, else in the core's (wcs.md 2.1, 2.2)."""
    home, generation = installation.home, installation.generation
    host, path = access.host, f"{home}/{generation.hook_log}"
    has_manager = generation is Generation.WITH_MANAGER
    role = "the Manager's log" if has_manager else "the server's log"
    core = _core_log(host, home) if has_manager else None
    try:
        log = look_at(host, path, role)
    except HostError as error:
        hidden = _is_hidden(error)
        nearby = () if hidden else _nearby(host, home)
        return LogSearch(path, role, None, hidden, str(error), error.hint, nearby, core)
    return LogSearch(path, role, log, hidden=False, problem="", grant="", nearby=(), core=core)


@fact
def server_log(search: LogSearch) -> ServerLog:
    """The log, or LOG101 (LOG102 where it cannot be seen) stands behind its absence."""
    if search.log is None:
        raise Unavailable(
            f"{search.role} could not be looked at: {search.problem}"
            if search.hidden
            else f"{search.role} was not found: {search.path}",
            because="LOG101",
            evidence=(Evidence(search.problem, f"host: {search.path}"),),
            fix=Fix(search.grant) if search.grant else None,
        )
    return ServerLog(search.log, search.core)


def look_at(host: Host, path: str, role: str) -> LogFile:
    """What is known of a log, and how it can be read.

    Raises `HostError`: NOT_FOUND, PERMISSION (not even to be seen). Raises `Unavailable` where
    the host is lost.
    """
    looked_at = time.monotonic()
    stat = _stat_of_readable(host, path)
    is_known_readable = stat is not None
    stat = stat or stat_file(host, path)
    if stat.is_directory:
        raise HostError(HostFailure.NOT_FOUND, f"{path}: is a directory")
    refusal = None if is_known_readable else _refusal(host, path, root=False)
    by_root = None if refusal is None else _refusal(host, path, root=True)
    readable = refusal is None or by_root is None
    return LogFile(
        path,
        role,
        stat.size,
        stat.modified,
        stat.owner,
        stat.mode,
        readable=readable,
        needs_root=refusal is not None and readable,
        refusal="" if refusal is None else str(refusal),
        grant="" if by_root is None else by_root.hint,
        looked_at=looked_at,
    )


def _stat_of_readable(host: Host, path: str) -> FileStat | None:
    """The common case by one command: a file that the user can read. None: look closer."""
    if host.is_local:
        return None
    try:
        result = host.run(_STAT_AND_READ, _STAT_FORMAT, path, path)
    except HostError as error:
        raise _or_lost(error) from error
    return _parsed_stat(path, result.text) if result.exit_status == 0 else None


def stat_file(host: Host, path: str) -> FileStat:
    """`Host.stat`, and through sudo where the user alone may not look.

    Raises `HostError`: NOT_FOUND, PERMISSION; `Unavailable` where the host is lost.
    """
    try:
        return host.stat(path)
    except HostError as error:
        if error.reason is not HostFailure.PERMISSION:
            raise _or_lost(error) from error
    result = host.run(_STAT, _STAT_FORMAT, path, root=True)
    stat = _parsed_stat(path, result.text) if result.exit_status == 0 else None
    if stat is not None:
        return stat
    missing = "No such file" in result.error_text
    reason = HostFailure.NOT_FOUND if missing else HostFailure.PERMISSION
    raise HostError(reason, result.error_text[:400] or f"{path}: stat gave nothing")


def _parsed_stat(path: str, text: str) -> FileStat | None:
    fields = text.split(maxsplit=4)
    if len(fields) != 5 or not all(each.isascii() and each.isdigit() for each in fields[:3]):
        return None
    size, changed, mode, owner, kind = fields
    modified = datetime.fromtimestamp(int(changed), UTC)
    is_directory = kind.strip() == "directory"
    return FileStat(path, int(size), modified, owner, int(mode, 8), is_directory=is_directory)


def lost(error: HostError) -> Unavailable:
    """The connection, not the file, is to blame: SSH's own check says more."""
    return Unavailable(f"the host could not be asked: {error}", because="HST101")


def _or_lost(error: HostError) -> HostError | Unavailable:
    known = {HostFailure.NOT_FOUND, HostFailure.PERMISSION, HostFailure.FAILED}
    return error if error.reason in known else lost(error)


def _is_hidden(error: HostError) -> bool:
    return error.reason is not HostFailure.NOT_FOUND


def _refusal(host: Host, path: str, *, root: bool) -> HostError | None:
    try:
        host.read(path, limit=1, root=root)
    except HostError as error:
        if error.reason is HostFailure.NOT_FOUND:
            raise
        if error.reason not in {HostFailure.PERMISSION, HostFailure.FAILED}:
            raise lost(error) from error
        return error
    return None


def _core_log(host: Host, home: str) -> LogFile | None:
    path = f"{home}/{Generation.WITHOUT_MANAGER.hook_log}"
    try:
        return look_at(host, path, "the core's log")
    except HostError:
        return None


def _nearby(host: Host, home: str) -> tuple[str, ...]:
    try:
        found = (*host.glob(f"{home}/logs/*"), *host.glob(f"{home}/logs/server_logs/*"))
    except HostError:
        return ()
    return found[:_NEARBY]
