"""Room on the host: the disk of the logs, and memory."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.installation import Installation
from wcsdiag.host.interface import HostError
from wcsdiag.registry import fact

_COMMAND = """LC_ALL=C; export LC_ALL
grep -E '^(MemTotal|MemFree|MemAvailable|SwapTotal|SwapFree):' /proc/meminfo
d=%s; [ -d "$d" ] || d=%s
df -P -k "$d"; echo inodes; df -P -i "$d\""""


@dataclass(frozen=True)
class Disk:
    """The file system under the logs, in KiB. The inodes are None where it counts none."""

    mount: str
    total_kb: int
    available_kb: int
    inodes: int | None = None
    inodes_free: int | None = None


@dataclass(frozen=True)
class Memory:
    """In KiB. `available_kb` is what programs can still have without swapping."""

    total_kb: int
    available_kb: int
    swap_total_kb: int
    swap_free_kb: int


@dataclass(frozen=True)
class Resources:
    """None: it could not be read, and `problem` says why. `directory` is that of the logs."""

    directory: str
    disk: Disk | None
    memory: Memory | None
    problem: str = ""


@fact
def resources(access: HostAccess, installation: Installation) -> Resources:
    """One command for both, since each says little and costs a round trip."""
    directory = f"{installation.home}/logs"
    try:
        result = access.host.run(_COMMAND, directory, installation.home)
    except HostError as error:
        return Resources(directory, None, None, str(error))
    disk, memory = parse_df(result.text), parse_meminfo(result.text)
    return Resources(directory, disk, memory, result.error_text[:500])


def parse_df(text: str) -> Disk | None:
    """Read `df -P -k`, then a line `inodes`, then `df -P -i`, each of one file system.

    The columns of POSIX: name, blocks of 1024 bytes, used, available, capacity, mount point.
    """
    blocks, _, inodes = text.partition("\ninodes\n")
    size = _row(blocks)
    if size is None:
        return None
    counted = _row(inodes)
    # File systems that make inodes as they need them report none at all.
    known = counted is not None and counted[0] > 0
    return Disk(
        mount=size[2],
        total_kb=size[0],
        available_kb=max(0, size[1]),
        inodes=counted[0] if counted and known else None,
        inodes_free=counted[1] if counted and known else None,
    )


def _row(text: str) -> tuple[int, int, str] | None:
    """Total, available and mount point of the last row that looks like one of `df -P`."""
    row = re.compile(
        r"^.*?\s+([0-9]+)\s+-?[0-9]+\s+(-?[0-9]+)\s+(?:-|[0-9]+%)\s+(/.*)$", re.MULTILINE
    )
    found = row.findall(text)
    return (int(found[-1][0]), int(found[-1][1]), found[-1][2].strip()) if found else None


def parse_meminfo(text: str) -> Memory | None:
    """Read /proc/meminfo: `Name:   NUMBER kB`. Kernels before 3.14 have no MemAvailable."""
    found = dict(re.findall(r"^(\w+):\s+([0-9]+) kB", text, re.MULTILINE))
    if "MemTotal" not in found or "MemAvailable" not in found:
        return None
    return Memory(
        total_kb=int(found["MemTotal"]),
        available_kb=int(found["MemAvailable"]),
        swap_total_kb=int(found.get("SwapTotal", 0)),
        swap_free_kb=int(found.get("SwapFree", 0)),
    )
