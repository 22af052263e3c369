"""Time whole commands against each other in one run: machines are shared, so only ratios count."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """One command line; `expect` are the exit codes that mean it did its job."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    expect: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Measured:
    """Median seconds of a contender, and the median of its ratios to the baseline's round."""

    name: str
    seconds: float
    ratio: float


@dataclass(frozen=True)
class Limit:
    """The ratio to the baseline that the contender of that name may have at most."""

    name: str
    ratio: float

    def broken_by(self, rows: Sequence[Measured]) -> str:
        """Which row breaks it and how, in one line; empty where none does."""
        ratio = next(row.ratio for row in rows if row.name == self.name)
        return f"{self.name}: {ratio:.2f}, limit {self.ratio:.2f}" if ratio > self.ratio else ""


def race(contenders: Sequence[Contender], rounds: int) -> list[Measured]:
    """Run all contenders in turn, `rounds` times. The first is the baseline of every ratio.

    A round before the first warms the caches and is not counted. Raises `RuntimeError` where one
    does not do its job: a fast failure must not win.
    """
    for contender in contenders:
        run(contender)
    times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            times[contender.name].append(run(contender))
    baseline = times[contenders[0].name]
    return [
        Measured(
            contender.name,
            statistics.median(times[contender.name]),
            statistics.median(
                own / base for own, base in zip(times[contender.name], baseline, strict=True)
            ),
        )
        for contender in contenders
    ]


def run(contender: Contender) -> float:
    """Run it once: its seconds. Raises `RuntimeError` where it did not do its job."""
    started = time.perf_counter()
    done = subprocess.run(
        contender.argv,
        env=contender.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=120,
    )
    seconds = time.perf_counter() - started
    if done.returncode not in contender.expect:
        output = (done.stdout + done.stderr).decode("utf-8", "replace")[-2000:]
        raise RuntimeError(f"{contender.name} exited with {done.returncode}:\n{output}")
    return seconds


@dataclass(frozen=True)
class Cost:
    """What one run took: seconds, and the most memory that the process held, in MB."""

    seconds: float
    peak_mb: float


# A process begins with the memory of the one that forked it as its peak: so a small one forks.
_FORKER = """
import os, sys, time
started = time.perf_counter()
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
seconds = time.perf_counter() - started
print(os.waitstatus_to_exitcode(status), seconds, usage.ru_maxrss, file=sys.stderr)
"""


def cost_of(contender: Contender) -> Cost:
    """Run it once. Raises `RuntimeError` where it did not do its job.

    `argv` begins with a path. What it writes to stderr must end in a line's end.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _FORKER, *contender.argv],
        env=contender.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=300,
    )
    said, _, told = done.stderr.decode("utf-8", "replace").rstrip("\n").rpartition("\n")
    code, seconds, peak_kib = told.split()
    if int(code) not in contender.expect:
        output = done.stdout.decode("utf-8", "replace")[-2000:]
        raise RuntimeError(f"{contender.name} exited with {code}:\n{output}{said[-2000:]}")
    return Cost(float(seconds), int(peak_kib) / 1024)


def table(rows: Sequence[Measured]) -> str:
    """The result as a Markdown table."""
    lines = ["| | median | ratio |", "|---|---:|---:|"]
    lines += [f"| {row.name} | {row.seconds * 1000:.0f} ms | {row.ratio:.2f} |" for row in rows]
    return "\n".join(lines) + "\n"
