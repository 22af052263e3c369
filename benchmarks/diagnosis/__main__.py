"""`python -m benchmarks.diagnosis`: run every case, print the table and the three numbers."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.diagnosis.cases import Case, LabCase, NetworkCase, all_cases
from benchmarks.diagnosis.outcome import Done, Outcome, Said
from benchmarks.diagnosis.page import page
from benchmarks.diagnosis.run_case import in_lab, in_network
from tests.network.network import lacking


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 where every cause is right and nothing healthy is blamed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diagnosis", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="names of cases: host-out-*")
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time")
    options = parser.parse_args(arguments)
    cases = [case for case in all_cases() if fnmatch(case.name, options.only)]
    problem = lacking() if any(isinstance(case, NetworkCase) for case in cases) else None
    if problem:
        print(problem, file=sys.stderr)
        return 2
    # A probe that leaves the stand-in CLI at once is no news.
    logging.getLogger("paramiko").addHandler(logging.NullHandler())
    with ThreadPoolExecutor(options.jobs) as pool:
        results = [_told(done) for done in pool.map(_run, cases)]
    text = page(results)
    if options.write:
        options.write.write_text(text)
    print(text)
    return 0 if all(done.outcome is Outcome.RIGHT for done in results) else 1


def _run(case: Case) -> Done:
    try:
        if isinstance(case, NetworkCase):
            return in_network(case)
        assert isinstance(case, LabCase)
        return in_lab(case)
    except Exception as error:  # noqa: BLE001 - one case that cannot be run leaves the others
        return Done(case, Said(f"broken: {error!r}", ()), "broken")


def _told(done: Done) -> Done:
    mark = " " if done.outcome is Outcome.RIGHT else "!"
    print(f"{mark} {done.case.name}: {done.said}; script: {done.word}", file=sys.stderr)
    return done


if __name__ == "__main__":
    raise SystemExit(main())
