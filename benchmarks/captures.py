"""Captures: 300 MB beside tshark, and ten times more beside a tenth.

Whole processes are timed, their start included. The file is in the page cache for all. Our reader
alone does what tshark does, from bytes to exchanges; `wcsdiag trace` judges the hooks as well.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Contender, Cost, cost_of
from benchmarks.startup import PROGRAM
from benchmarks.traffic import Row, table
from tests.capture.build import write_large

EXCHANGES = 60_000
"""About 5 KB each with all their packets: 325 MB."""

READER_LIMIT = 0.2
COMMAND_LIMIT = 0.33
"""Times tshark."""

GROWTH_LIMIT = 12.0
MEMORY_LIMIT = 1.5
"""Times the memory that a tenth of the capture takes."""

_FIELDS = ("frame.number", "http.request.uri", "http.response.code")
_JUDGED = (0, 1)
_READ = """
import sys
from wcsdiag.capture.reader import CaptureReader
reader, count = CaptureReader(), 0
with open(sys.argv[1], "rb") as file:
    while piece := file.read(1 << 20):
        count += sum(1 for _ in reader.feed(piece))
count += sum(1 for _ in reader.finish())
sys.exit(f"{count} exchanges" if count != int(sys.argv[2]) else 0)
"""


def measured(rounds: int, exchanges: int = EXCHANGES) -> tuple[Row, ...]:
    """All rows; those beside tshark only where it is installed. Needs 400 MB of temporary room."""
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder, "large.pcap"), Path(folder, "small.pcap")
        for path, count in ((large, exchanges), (small, exchanges // 10)):
            with path.open("wb") as file:
                write_large(file, count)
        program = shutil.which("tshark")
        beside = _beside_tshark(program, large, exchanges, rounds) if program else ()
        return (*beside, *_growth(small, large, rounds))


def _beside_tshark(program: str, large: Path, exchanges: int, rounds: int) -> tuple[Row, ...]:
    fields = [part for field in _FIELDS for part in ("-e", field)]
    argv = (program, "-r", str(large), "-Y", "http", "-T", "fields", *fields)
    read = (sys.executable, "-c", _READ, str(large), str(exchanges))
    contenders = (
        Contender("tshark", argv),
        Contender("reader", read),
        _trace(large, "text"),
        _trace(large, "json"),
    )
    theirs, *ours = _in_turn(contenders, rounds)
    named = (
        ("our reader alone, the same", READER_LIMIT),
        ("`wcsdiag trace FILE --format text`, the same", COMMAND_LIMIT),
        ("`wcsdiag trace FILE --format json`, the same", COMMAND_LIMIT),
    )
    size = large.stat().st_size / 1e6
    return (
        Row(f"`tshark -Y http -T fields`, {size:.0f} MB", _seconds(theirs), _peak(theirs)),
        *(
            Row(
                name,
                _seconds(own),
                _peak(own),
                _ratio(own, theirs),
                "tshark",
                limit=limit,
            )
            for (name, limit), own in zip(named, ours, strict=True)
        ),
    )


def _growth(small: Path, large: Path, rounds: int) -> tuple[Row, Row]:
    one, ten = _in_turn((_trace(small, "text"), _trace(large, "text")), rounds)
    size = small.stat().st_size / 1e6
    name = f"{size:.0f} MB"
    return (
        Row(f"`wcsdiag trace FILE`, {name}", _seconds(one), _peak(one)),
        Row(
            "ten times more",
            _seconds(ten),
            _peak(ten),
            _ratio(ten, one),
            name,
            limit=GROWTH_LIMIT,
            limit_mb=round(MEMORY_LIMIT * _peak(one)),
        ),
    )


def _trace(path: Path, style: str) -> Contender:
    argv = (PROGRAM, "trace", str(path), "--format", style)
    return Contender(f"{path.name} {style}", argv, None, _JUDGED)


def _in_turn(contenders: Sequence[Contender], rounds: int) -> list[list[Cost]]:
    """The costs of each, round by round; a round before them warms the caches."""
    turns = [[cost_of(contender) for contender in contenders] for _ in range(rounds + 1)]
    return [list(costs) for costs in zip(*turns[1:], strict=True)]


def _ratio(own: Sequence[Cost], base: Sequence[Cost]) -> float:
    pairs = zip(own, base, strict=True)
    return statistics.median(cost.seconds / other.seconds for cost, other in pairs)


def _seconds(costs: Sequence[Cost]) -> float:
    return statistics.median(cost.seconds for cost in costs)


def _peak(costs: Sequence[Cost]) -> float:
    return max(cost.peak_mb for cost in costs)


if __name__ == "__main__":
    rows = measured(3)
    sys.stdout.write(table(rows))
    if shutil.which("tshark") is None:
        sys.stdout.write("\ntshark is not installed: nothing was measured beside it\n")
    sys.stdout.writelines(f"{row.broken}\n" for row in rows if row.broken)
