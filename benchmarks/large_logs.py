"""Large logs: an hour out of 4 GiB through SSH, 1 GiB whole beside `grep`, and ten times more.

The whole program is timed, its start included; of a whole log also what the host does alone. The
SSH server is a real one on this machine, whose two halves share its processors.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from benchmarks.generated_log import write_log
from benchmarks.measure import Contender, Cost, cost_of
from benchmarks.startup import PROGRAM
from benchmarks.traffic import Row, table
from tests.e2e.program import Program, on_target
from tests.e2e.real_target import real_target
from wcsdiag.facts.log_thinning import thin
from wcsdiag.host.local import LocalHost
from wcsdiag.lifetime import Lifetime

MIB, GIB = 1 << 20, 1 << 30
WINDOW_LIMIT_S = 2.0
WINDOW_LIMIT_MB = 100.0
GREP_LIMIT = 2.0
GROWTH_LIMIT = 12.0
"""Ten times more may cost ten times more, and a fifth for what the machine does beside."""

_GREP = "`grep -c ERROR` of a 1 GiB log"
_SMALL = "`wcsdiag logs FILE`, 50 MiB"

# bash reads ~/.bashrc for a command of sshd, unless it takes itself for an inner shell: what this
# machine's user does there, a tenth of a second for each command, is not what is measured.
_NO_BASHRC = "SetEnv SHLVL=1"

# Failed hooks are in every log, and in a window of a second there may be none at all.
_JUDGED = (0, 1, 3)


def measured(rounds: int) -> tuple[Row, ...]:
    """All rows. Needs root, OpenSSH, nginx and 6 GiB of room for temporary files."""
    with (
        tempfile.TemporaryDirectory() as folder,
        real_target(Path(folder), sshd_options=(_NO_BASHRC,)) as host,
    ):
        program = on_target(host.target, Path(folder, "operator"))
        return (
            *_window(program, host.home.log, rounds),
            *_whole(program, host.home.log, rounds),
            *_growth(Path(folder), rounds),
        )


def _window(program: Program, log: Path, rounds: int) -> tuple[Row, Row]:
    _write(log, 4 * GIB)
    nothing = _costs(_on_host(program, "1s"), rounds)
    hour = _costs(_on_host(program, "1h"), rounds)
    return (
        Row("a second of a 4 GiB log, through SSH", _seconds(nothing), _peak(nothing)),
        Row(
            "an hour of it (185 MB)",
            _seconds(hour),
            _peak(hour),
            limit_s=WINDOW_LIMIT_S,
            limit_mb=WINDOW_LIMIT_MB,
        ),
    )


def _whole(program: Program, log: Path, rounds: int) -> tuple[Row, Row, Row]:
    """All of a log, since the window reaches back before its beginning: in turn with `grep`."""
    _write(log, GIB)
    grep = Contender("grep", (shutil.which("grep") or "grep", "-c", "ERROR", str(log)))
    nothing, whole = _on_host(program, "1s"), _on_host(program, "20h")
    _costs(grep, 1)
    turns = [
        (cost_of(grep).seconds, _thinning_s(log), cost_of(nothing).seconds, cost_of(whole))
        for _ in range(rounds)
    ]
    ours = [all_of_it.seconds - base for _, _, base, all_of_it in turns]
    return (
        Row(_GREP, statistics.median(bare for bare, *_ in turns), 0.0),
        Row(
            "what the host does of the same log whole",
            statistics.median(thinning for _, thinning, *_ in turns),
            0.0,
            statistics.median(thinning / bare for bare, thinning, *_ in turns),
            "grep",
            limit=GREP_LIMIT,
        ),
        Row(
            "the same log whole, through SSH, beyond what a second of it takes",
            statistics.median(ours),
            _peak([cost for *_, cost in turns]),
            statistics.median(own / bare for own, (bare, *_) in zip(ours, turns, strict=True)),
            "grep",
        ),
    )


def _growth(folder: Path, rounds: int) -> tuple[Row, Row]:
    """Local files, read by Python."""
    small, large = folder / "small.log", folder / "large.log"
    _write(small, 50 * MIB)
    _write(large, 500 * MIB)
    pairs = [(cost_of(_local(small)), cost_of(_local(large))) for _ in range(rounds)]
    one, ten = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    ratio = statistics.median(more.seconds / less.seconds for less, more in pairs)
    return (
        Row(_SMALL, _seconds(one), _peak(one)),
        Row("ten times more", _seconds(ten), _peak(ten), ratio, "50 MiB", limit=GROWTH_LIMIT),
    )


def _write(log: Path, size: int) -> None:
    write_log(log, size, datetime.now())  # noqa: DTZ005 - a log has local times


def _thinning_s(log: Path) -> float:
    """Seconds of the very command that is run on the host, without SSH."""
    lifetime = Lifetime()
    try:
        started = time.perf_counter()
        thin(LocalHost("localhost", lifetime), str(log), 0, root=False)
        return time.perf_counter() - started
    finally:
        lifetime.end()


def _on_host(program: Program, since: str) -> Contender:
    arguments = ("logs", "--since", since, "--format", "json", *program.options)
    return Contender(f"the last {since}", (PROGRAM, *arguments), program.environment, _JUDGED)


def _local(path: Path) -> Contender:
    return Contender(path.name, (PROGRAM, "logs", str(path), "--format", "json"), None, _JUDGED)


def _costs(contender: Contender, rounds: int) -> list[Cost]:
    cost_of(contender)
    return [cost_of(contender) for _ in range(rounds)]


def _seconds(costs: Sequence[Cost]) -> float:
    return statistics.median(cost.seconds for cost in costs)


def _peak(costs: Sequence[Cost]) -> float:
    return max(cost.peak_mb for cost in costs)


if __name__ == "__main__":
    sys.stdout.write(table(measured(3)))
