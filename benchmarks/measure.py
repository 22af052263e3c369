"""Time whole commands against each other in one run: machines are shared, so only ratios count."""

from __future__ import annotations

import statistics
import subprocess
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


def race(contenders: Sequence[Contender], rounds: int) -> list[Measured]:
    """Run all contenders in turn, `rounds` times. The first is the baseline of every ratio.

    Raises `RuntimeError` where one does not do its job: a fast failure must not win.
    """
    times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            times[contender.name].append(_time(contender))
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


def _time(contender: Contender) -> float:
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


def table(title: str, rows: Sequence[Measured]) -> str:
    """The result as a Markdown table."""
    lines = [f"### {title}", "", "| | median | ratio |", "|---|---:|---:|"]
    lines += [f"| {row.name} | {row.seconds * 1000:.0f} ms | {row.ratio:.2f} |" for row in rows]
    return "\n".join(lines) + "\n"
