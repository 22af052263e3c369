"""`python -m benchmarks`: print the results; exit code 1 where a limit is broken.

Needs bash, ssh (8.4 or later), curl and the installed program; for dropped ports and large logs
root as well, and what the network of the tests needs; tshark, if captures are to be read beside it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from benchmarks import captures, dropped_ports, healthy_run, large_logs, rule_sets, startup
from benchmarks.measure import race, run
from benchmarks.page import Results, page
from tests.network.network import lacking

_NEEDED = ("bash", "ssh", "curl", startup.PROGRAM)


def main() -> int:
    """Race the contenders and hold the results against the limits."""
    asked = _arguments()
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing:
        print(f"not installed: {', '.join(missing)}", file=sys.stderr)
        return 2
    started = race(startup.CONTENDERS, asked.rounds)
    for fault in healthy_run.SICK:
        with healthy_run.against(fault) as contenders:
            for contender in contenders:
                run(contender)
    with healthy_run.against() as contenders:
        healthy = race(contenders, asked.rounds)
    rules = rule_sets.measured(_few(asked.rounds))
    no_network = lacking()
    dropped = () if no_network else dropped_ports.measured(_few(asked.rounds))
    logs = () if no_network else large_logs.measured(_few(asked.rounds))
    read = captures.measured(_few(asked.rounds))
    results = Results(started, healthy, rules, dropped, logs, read, no_network or "")
    text = page(results, healthy_run.SICK)
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
    else:
        print(text)
    broken = (
        startup.LIMIT.broken_by(started),
        healthy_run.LIMIT.broken_by(healthy),
        *(row.broken for row in rules),
        *(cost.broken for cost in dropped),
        *(row.broken for row in (*logs, *read)),
    )
    for line in filter(None, broken):
        print(f"a limit is broken: {line}", file=sys.stderr)
    return 1 if any(broken) else 0


def _few(rounds: int) -> int:
    """Of what takes long, and whose limit leaves much room."""
    return max(1, rounds // 4)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="default: 21")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
