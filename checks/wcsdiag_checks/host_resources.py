"""HST host: disk, memory and open files."""

from __future__ import annotations

import shlex

from wcsdiag.facts.processes import Process, Processes
from wcsdiag.facts.resources import Disk, Memory, Resources
from wcsdiag.model import (
    Evidence,
    Finding,
    Fix,
    NotApplicable,
    Undetermined,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.registry import Observations, check

_LEAST_KB = 100 * 1024
_VENDORS_FILE_LIMIT = 20000
_LOW_FILE_LIMIT = 5000
_FULL_PERCENT = 95


@check("HST105", "The disk has room for logs", explained_by=("HST101", "HST102"))
def room_for_logs(resources: Resources) -> Observations:
    """WCS on a full disk stops logging, and may stop working.

    Fails below 1% or 100 MB, or without a free inode; warns below 10%.

    Fix
    ---
    See what is large, and remove old logs::

        sudo du -xh --max-depth=2 /usr/local/FlashphonerWebCallServer/logs | sort -h | tail
    """
    disk = resources.disk
    if disk is None:
        yield undetermined(
            f"The room on the disk of {resources.directory} could not be read",
            Evidence(resources.problem or "no answer was understood", "host: df"),
        )
        return
    evidence = Evidence(_disk_text(disk), f"host: df -P {resources.directory}")
    directory = shlex.quote(resources.directory)
    fix = Fix(
        "Remove old logs, or give the file system more room.",
        (f"df -h {directory}", f"sudo du -xh --max-depth=2 {directory} | sort -h | tail"),
    )
    share = _percent(disk.available_kb, disk.total_kb)
    inodes = 100.0
    if disk.inodes is not None and disk.inodes_free is not None:
        inodes = _percent(disk.inodes_free, disk.inodes)
    if share < 1 or disk.available_kb < _LEAST_KB:
        yield failed(f"The disk of the logs, {disk.mount}, is full", evidence, fix=fix)
    elif disk.inodes_free == 0:
        yield failed(f"The disk of the logs, {disk.mount}, has no free inode", evidence, fix=fix)
    elif min(share, inodes) < 10:
        yield warned(f"The disk of the logs, {disk.mount}, is nearly full", evidence, fix=fix)
    else:
        yield passed(f"{share:.0f}% of {disk.mount} is free", evidence)


@check("HST106", "The host has memory left", explained_by=("HST101",))
def memory_left(resources: Resources) -> Observations:
    """Without memory the JVM stalls, hooks time out, and the kernel may kill WCS.

    Fails below 3% available, warns below 10%.

    Fix
    ---
    See who uses it; WCS's own share is `-Xmx` in `conf/wcs-core.properties`::

        ps -eo pid,user,rss,args --sort=-rss | head
    """
    memory = resources.memory
    if memory is None:
        yield undetermined(
            "The host's memory could not be read",
            Evidence(resources.problem or "no MemAvailable", "host: /proc/meminfo"),
        )
        return
    share = _percent(memory.available_kb, memory.total_kb)
    evidence = Evidence(_memory_text(memory), "host: /proc/meminfo")
    fix = Fix(
        "Find out who uses the memory; add some, or stop what is not needed.",
        ("ps -eo pid,user,rss,args --sort=-rss | head", "sudo dmesg | grep -i 'out of memory'"),
    )
    if share < 3:
        yield failed(f"Only {share:.1f}% of the memory is available", evidence, fix=fix)
    elif share < 10:
        yield warned(f"Only {share:.1f}% of the memory is available", evidence, fix=fix)
    else:
        swapped = _percent(memory.swap_total_kb - memory.swap_free_kb, memory.swap_total_kb)
        note = f"; but {swapped:.0f}% of the swap is in use" if swapped > 50 else ""
        yield passed(f"{share:.0f}% of the memory is available{note}", evidence)


@check("HST107", "WCS has open files to spare", explained_by=("HST101", "HST103"))
def open_files_to_spare(processes: Processes) -> Observations:
    """Each connection is an open file: at the limit, "Too many open files" ends new ones.

    The vendor's start script sets the limit to 20000 (`WCS_FD_LIMIT` in `bin/setenv.sh`). Fails
    above 95% of the limit, warns above 80%, and where the limit is below 5000.

    Fix
    ---
    Start WCS by its service or its script, so that the limit is set; raise it where calls need
    more::

        grep WCS_FD_LIMIT /usr/local/FlashphonerWebCallServer/bin/setenv.sh
        sudo systemctl restart webcallserver
    """
    core = processes.core
    if core is None:
        raise NotApplicable("The core process does not run")
    limit = core.open_files_limit
    where = f"host: /proc/{core.pid}/limits"
    if limit is not None and limit < _LOW_FILE_LIMIT:
        yield warned(
            f"WCS may open {limit} files; the vendor sets {_VENDORS_FILE_LIMIT}",
            Evidence(f"Max open files {limit}", where),
            fix=Fix(
                "Start WCS by its service, which sets WCS_FD_LIMIT of bin/setenv.sh.",
                (f"grep 'Max open files' /proc/{core.pid}/limits",),
            ),
        )
    if core.open_files is None:
        yield _by_table_size(core, limit)
    elif limit is None:
        evidence = Evidence(f"{core.open_files} open files", f"host: /proc/{core.pid}/fd")
        yield undetermined("WCS's limit of open files is not known", evidence)
    else:
        yield _held_against(core, core.open_files, limit)


def _by_table_size(core: Process, limit: int | None) -> Finding | Undetermined:
    """Without the right to count, the size of the process's table says how many there can be.

    It doubles as it grows, and never shrinks: a large one says little of now.
    """
    most = core.open_files_at_most
    if most is None or limit is None or _percent(most, limit) > _FULL_PERCENT:
        return _not_countable(core)
    summary = f"at most {most} of {limit} open files are in use"
    return passed(summary, Evidence(f"FDSize: {most}", f"host: /proc/{core.pid}/status"))


def _not_countable(core: Process) -> Undetermined:
    return undetermined(
        f"Only root and {core.user} may count the open files of PID {core.pid}",
        Evidence("permission denied", f"host: /proc/{core.pid}/fd"),
        fix=Fix(
            f"Log in as root or {core.user}, or allow sudo without a password.",
            (f"sudo ls /proc/{core.pid}/fd | wc -l",),
        ),
    )


def _held_against(core: Process, open_files: int, limit: int) -> Finding:
    share = _percent(open_files, limit)
    summary = f"{open_files} of {limit} open files are in use"
    evidence = Evidence(summary, f"host: /proc/{core.pid}/fd, /proc/{core.pid}/limits")
    fix = Fix(
        "Raise WCS_FD_LIMIT in bin/setenv.sh and restart; look first for what leaks.",
        (f"sudo ls -l /proc/{core.pid}/fd | awk '{{print $NF}}' | sort | uniq -c | sort -n",),
    )
    if share > _FULL_PERCENT:
        return failed(summary, evidence, fix=fix)
    if share > 80:
        return warned(summary, evidence, fix=fix)
    return passed(summary, evidence)


def _percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole > 0 else 0.0


def _disk_text(disk: Disk) -> str:
    size = f"{_size(disk.available_kb)} of {_size(disk.total_kb)} free on {disk.mount}"
    if disk.inodes is None:
        return size
    return f"{size}; {disk.inodes_free} of {disk.inodes} inodes free"


def _memory_text(memory: Memory) -> str:
    swap = f"{_size(memory.swap_free_kb)} of {_size(memory.swap_total_kb)} swap free"
    available = f"{_size(memory.available_kb)} of {_size(memory.total_kb)} available"
    return f"{available}; {swap if memory.swap_total_kb else 'no swap'}"


def _size(kilobytes: int) -> str:
    megabytes = kilobytes / 1024
    return f"{megabytes / 1024:.1f} GB" if megabytes >= 1024 else f"{megabytes:.0f} MB"
