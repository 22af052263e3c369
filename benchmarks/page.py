"""The page of results: what was measured, on what, and how to repeat it."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from benchmarks import dropped_ports, rule_sets, traffic
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
## A large rule set

{rules_count} rules, each of one address and one port, and a packet that the last of them drops.
Reading the text and deciding has to take less than {rules_limit:.0f} s of a processor's time, which
all rows here show. Each ratio is to the bare reading of the same text, in the row above; that of
`nft` is to `json.loads`.

{rules}
## Dropped ports

A network of namespaces, {dropped_urls} REST URLs at as many ports, each probed from host and
operator; the web server's machine drops them all, or, in the last row, the host all that it would
send there. `--timeout` is {timeout:.0f} s. The run may take no more than {dropped_limit} times that
longer than the healthy one: all is waited for at once.

{dropped}
## Large logs

A log of WCS 5.1 and later with one hook a second, made by
[`benchmarks/generated_log.py`](../benchmarks/generated_log.py), on a host behind a real OpenSSH on
this same machine. `grep` reads the file beside it.

{logs}
## Captures

A generated capture: 60,000 hooks with their answers, some 5 KB each, on keep-alive connections.
Ten times more may cost ten times more, and no more memory.

{captures}
## Measured on

{machine}

Repeat it with `make bench`, which ends with exit code 1 where a limit is broken, or write this
page anew with `python -m benchmarks --write docs/benchmarks.md`.
"""


@dataclass(frozen=True)
class Results:
    """All that was measured. Without a network `dropped` and `logs` are empty; `why` says why."""

    startup: Sequence[Measured]
    healthy: Sequence[Measured]
    rules: Sequence[rule_sets.Row]
    dropped: Sequence[dropped_ports.Cost]
    logs: Sequence[traffic.Row]
    captures: Sequence[traffic.Row]
    why: str = ""


def page(results: Results, sick: Sequence[str]) -> str:
    """The results as Markdown, without a name or a path of the machine."""
    return _PAGE.format(
        startup_limit=STARTUP_LIMIT.ratio,
        startup=table(results.startup),
        healthy=table(results.healthy),
        rules_count=f"{rule_sets.RULES:,}",
        rules_limit=rule_sets.LIMIT_S,
        rules=rule_sets.table(results.rules),
        dropped_urls=len(dropped_ports.PORTS),
        timeout=dropped_ports.TIMEOUT_S,
        dropped_limit=dropped_ports.LIMIT,
        dropped=(
            dropped_ports.table(results.dropped)
            if results.dropped
            else f"Not measured: {results.why}.\n"
        ),
        logs=traffic.table(results.logs) if results.logs else f"Not measured: {results.why}.\n",
        captures=traffic.table(results.captures),
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
