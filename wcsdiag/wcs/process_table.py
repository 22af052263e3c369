"""The Java processes of a host, as the survey's command prints them (`wcsdiag.facts.survey`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

CORE_MAIN_CLASS = "com.flashphoner.server.Server"
"""The main class of WCS's core process (wcs.md 2.2). The Manager's is not documented."""

# What shows another program's command line or waits for it is not the program itself.
_NOT_THE_PROGRAM = frozenset(
    {"sh", "bash", "dash", "su", "sudo", "runuser", "nohup", "setsid", "watch", "strace", "vi"}
    | {"grep", "pgrep", "pkill", "ps", "tail", "less", "vim", "nano"}
)
_SECRET_OPTION = re.compile(r"(?i)^(-{0,2}[^=]*(?:passw|pwd|secret|token|credential)[^=]*=)(.+)$")
_PATH = re.compile(r"/[^\0\s:=,;'\"]+")
_PARTS_OF_A_HOME = ("/lib/", "/conf/", "/logs/", "/bin/")


@dataclass(frozen=True)
class JavaProcess:
    """One process. None: the system did not let us read it. `resident_kb` is in KiB.

    `open_files_at_most` is the size of its table of open files (FDSize, proc(5)), which everybody
    may read: it grows with them and never shrinks.
    """

    pid: int
    user: str
    started: datetime
    arguments: tuple[str, ...] = field(repr=False)
    directory: str | None
    open_files: int | None
    open_files_limit: int | None
    resident_kb: int | None
    open_files_at_most: int | None = None

    @property
    def is_core(self) -> bool:
        """True where WCS's main class is an argument of a program that can be WCS."""
        return CORE_MAIN_CLASS in self.arguments and self._program not in _NOT_THE_PROGRAM

    @property
    def _program(self) -> str:
        return self.arguments[0].rsplit("/", 1)[-1] if self.arguments else ""

    @property
    def command(self) -> str:
        """The command line on one line, without the values of options that hold secrets."""
        return " ".join(_SECRET_OPTION.sub(r"\1***", argument) for argument in self.arguments)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values of options that hold secrets."""
        found = (_SECRET_OPTION.match(argument) for argument in self.arguments)
        return tuple(match[2] for match in found if match)

    def names(self, home: str) -> bool:
        """True where the command line or the working directory lies in that home."""
        inside = re.compile(r"(?<![\w.-])" + re.escape(home.rstrip("/")) + r"(?![^/\s:=,;'\"])")
        places = (*self.arguments, self.directory or "")
        return any(inside.search(place) for place in places)

    def is_manager_of(self, *homes: str) -> bool:
        """True where it looks like the Manager of that home: inferred, its class is not known."""
        if self.is_core or self._program in _NOT_THE_PROGRAM:
            return False
        words = self.command
        for home in homes:
            words = words.replace(home, "")
        return "manager" in words.lower() and any(self.names(home) for home in homes)

    @property
    def home_of_error_file(self) -> str | None:
        """The home in `-XX:ErrorFile=HOME/logs/error%p.log`, as the vendor's settings have it."""
        option = re.compile(r"-XX:ErrorFile=(/.+)/logs/[^/]*")
        found = (option.fullmatch(argument) for argument in self.arguments)
        return next((match[1] for match in found if match), None)

    @property
    def possible_homes(self) -> tuple[str, ...]:
        """The directories that WCS's home may be, by paths in the command line; not verified."""
        paths = [path for argument in self.arguments for path in _PATH.findall(argument)]
        if self.directory:
            paths.append(self.directory + "/")
        homes = [
            path[: path.index(part)] for path in paths for part in _PARTS_OF_A_HOME if part in path
        ]
        found = dict.fromkeys([*homes, *(path.rstrip("/") for path in paths)])
        # A home's own name is the best sign; a JDK has lib and bin as well.
        ranked = sorted((home for home in found if home), key=lambda home: "lashphoner" not in home)
        return tuple(ranked[:8])


@dataclass(frozen=True)
class ProcessTable:
    """`pid_files` maps the path of a pid file of WCS to the pid in it.

    `hidden` says that the system hides other users' processes from us: what is not in the table
    may run all the same.
    """

    processes: tuple[JavaProcess, ...]
    pid_files: dict[str, int]
    hidden: bool


def parse_process_table(text: str) -> ProcessTable:
    """Read lines of `key value`: clk, btime, hidden, pidfile, and per process pid and its details.

    A process that ended while it was looked at is left out. `stat` is /proc/PID/stat and `args`
    /proc/PID/cmdline with its NULs as the unit separator, see proc(5).
    """
    machine: dict[str, str] = {}
    pid_files: dict[str, int] = {}
    details: list[dict[str, str]] = []
    for line in text.split("\n"):
        key, _, value = line.partition(" ")
        if key == "pid":
            details.append({})
        if details:
            details[-1].setdefault(key, value)
        elif key == "pidfile":
            pid_files.update(_pid_file(value))
        else:
            machine.setdefault(key, value)
    processes = (_process(detail, machine) for detail in details)
    known = tuple(process for process in processes if process is not None)
    return ProcessTable(known, pid_files, "hidden" in machine)


def _pid_file(value: str) -> dict[str, int]:
    pid, _, path = value.strip().partition(" ")
    return {path: int(pid)} if pid.isdecimal() else {}


def _process(detail: dict[str, str], machine: dict[str, str]) -> JavaProcess | None:
    pid = _number(detail["pid"])
    started = _started(detail.get("stat", ""), machine)
    arguments = tuple(detail.get("args", "").rstrip("\x1f").split("\x1f"))
    if pid is None or started is None or not any(arguments):
        return None
    owner = detail.get("owner", "").split()
    return JavaProcess(
        pid,
        owner[2] if len(owner) > 2 else "?",
        started,
        arguments,
        detail.get("cwd") or None,
        _number(detail.get("fds", "")),
        _number(detail.get("limit", "")),
        _number(detail.get("rss", "")),
        _number(detail.get("slots", "")),
    )


def _started(stat: str, machine: dict[str, str]) -> datetime | None:
    # The second field is the program's name in brackets, and may hold spaces and brackets itself.
    fields = stat[stat.rfind(")") + 1 :].split()
    boot = _number(machine.get("btime", ""))
    ticks = _number(fields[19]) if len(fields) > 19 else None
    if boot is None or ticks is None:
        return None
    per_second = _number(machine.get("clk", "")) or 100
    return datetime.fromtimestamp(boot + ticks / per_second, UTC)


def _number(text: str) -> int | None:
    """The first whole number of the text, "unlimited" or no number being None."""
    found = re.search(r"(?<![\w.])[0-9]{1,15}(?![\w.])", text)
    return int(found[0]) if found else None
