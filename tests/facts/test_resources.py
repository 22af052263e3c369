"""Disk and memory."""

from __future__ import annotations

from pathlib import Path

from tests.wcs_machine import cases
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.resources import parse_df, parse_meminfo, resources
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.local import LocalHost
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.wcs.generation import Generation


@cases("df")
def test_df(printed: str, expected: str) -> None:
    disk = parse_df(printed)

    told = "None"
    if disk is not None:
        inodes = f"{disk.inodes} {disk.inodes_free}"
        told = f"{disk.mount} {disk.total_kb} {disk.available_kb} {inodes}"
    assert told == expected


@cases("meminfo")
def test_meminfo(printed: str, expected: str) -> None:
    memory = parse_meminfo(printed)

    told = "None"
    if memory is not None:
        swap = f"{memory.swap_total_kb} {memory.swap_free_kb}"
        told = f"{memory.total_kb} {memory.available_kb} {swap}"
    assert told == expected


def _installed(home: str) -> Installation:
    return Installation(home, Generation.WITHOUT_MANAGER, None, "test", "test")


def test_without_a_logs_directory_the_homes_disk_counts(tmp_path: Path) -> None:
    access = HostAccess(LocalHost("localhost", Lifetime()))

    found = resources(access, _installed(str(tmp_path)))

    assert found.disk is not None
    assert found.disk.total_kb > 0
    assert found.memory is not None


def test_a_command_that_fails_leaves_both_unknown_with_the_reason() -> None:
    slow = HostError(HostFailure.TIMED_OUT, "no answer within 5.0 s")
    host = RecordedHost(commands={"LC_ALL=C...": slow})

    found = resources(HostAccess(host), _installed("/opt/wcs"))

    assert (found.disk, found.memory, found.problem) == (None, None, "no answer within 5.0 s")
