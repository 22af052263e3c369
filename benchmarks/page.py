"""The page of results: what was measured, on what, and how to repeat it."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import version

from benchmarks.measure import Measured, table
from benchmarks.startup import LIMIT as STARTUP_LIMIT

_PAGE = """<!-- Written by `python -m benchmarks --write`; not by hand. -->

# Benchmarks

Whole commands, timed against each other in turn. A ratio is the median of the ratios of single
rounds to the first row. Milliseconds are those of one machine in one hour; only ratios compare.

## Start-up

`wcsdiag --version` may cost at most {startup_limit} times a bare import of typer.

{startup}
## A whole healthy run

Against the lab (`wcsdiag demo` without a fault), whose SSH server runs on this same machine, so
round trips cost nothing here. [`benchmarks/script.sh`](../benchmarks/script.sh) asks the main
questions of `wcsdiag all` with `ssh`, `curl` and `grep`, one after another; its second row shares
its SSH connections (`ControlMaster`). `wcsdiag all` may take no longer than the first row.

Before they are timed, all of them have to tell these faults from health:
{sick}.

{healthy}
## Measured on

{machine}

Repeat it with `make bench`, which ends with exit code 1 where a limit is broken, or write this
page anew with `python -m benchmarks --write docs/benchmarks.md`.
"""


def page(startup: Sequence[Measured], healthy: Sequence[Measured], sick: Sequence[str]) -> str:
    """The results as Markdown, without a name or a path of the machine."""
    return _PAGE.format(
        startup_limit=STARTUP_LIMIT.ratio,
        startup=table(startup),
        healthy=table(healthy),
        sick=", ".join(f"`{fault}`" for fault in sick),
        machine="\n".join(f"- {line}" for line in _machine()),
    )


def _machine() -> tuple[str, ...]:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("typer", "paramiko", "requests"))
    return (
        f"{os.cpu_count()} cores, {platform.system()} on {platform.machine()}",
        f"Python {platform.python_version()}, wcsdiag {version('wcsdiag')}, {libraries}",
        f"{_first_line('ssh', '-V')}; {_first_line('curl', '--version')}",
    )


def _first_line(*command: str) -> str:
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    return " ".join((told.stdout + told.stderr).split("\n")[0].split(" ")[:2]).rstrip(",")
