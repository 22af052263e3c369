"""`python -m tests.firewall.fuzz`: random rule sets and packets, decided by us and the kernel."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.firewall.fuzz import compare, namespace, pool
from tests.firewall.fuzz.judge import Judge

UNAVAILABLE = 3
"""The exit code where this machine has no namespaces for us."""


def main() -> int:
    """Exit code 0: all agree. 1: they do not. 3: nothing could be tried."""
    options = _options()
    if os.geteuid() != 0:
        command = ["unshare", "-rn", sys.executable, "-m", "tests.firewall.fuzz", *sys.argv[1:]]
        os.execvp("unshare", command)
    return _fuzz(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.firewall.fuzz", description=__doc__)
    parser.add_argument("--pairs", type=int, default=5000, help="of a rule set and a packet")
    parser.add_argument("--seed", type=int, default=1, help="of the first rule set")
    parser.add_argument("--packets", type=int, default=30, help="of one rule set")
    parser.add_argument("--kind", choices=compare.KINDS, help="all, by turns")
    parser.add_argument("--known", action="store_true", help="only the rule sets of cases/")
    parser.add_argument("--show", type=int, default=5, help="disagreements to shrink and print")
    return parser.parse_args()


def _fuzz(options: argparse.Namespace) -> int:
    try:
        judge = Judge(namespace.build())
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"no network namespaces can be made here: {error}", file=sys.stderr)
        return UNAVAILABLE
    comparison = compare.Comparison(judge, _uids(), legacy=_legacy_works())
    started = time.monotonic()
    last = _known(comparison, options) if options.known else _random(comparison, options)
    took = time.monotonic() - started
    print(f"{comparison.tally.counted(comparison.fates)}; seeds {options.seed} to {last}")
    print(f"{took:.1f} s, {1000 * took / max(1, comparison.tally.pairs):.1f} ms for each")
    return 1 if comparison.tally.disagreements else 0


def _random(comparison: compare.Comparison, options: argparse.Namespace) -> int:
    """As many rule sets as give the pairs; the seed of the last."""
    kinds = (options.kind,) if options.kind else compare.KINDS
    seed, shown = options.seed, 0
    while comparison.tally.pairs < options.pairs:
        found = comparison.run(seed, kinds[seed % len(kinds)], options.packets)
        if found and shown < options.show:
            shown += 1
            print(comparison.shrink(found[0]), end="\n\n", flush=True)
        seed += 1
    return int(seed) - 1


def _known(comparison: compare.Comparison, options: argparse.Namespace) -> int:
    for source in compare.known_sources():
        for found in comparison.run_source(options.seed, source, options.packets):
            print(found, end="\n\n")
    return int(options.seed)


def _uids() -> tuple[int, ...]:
    """Without root the namespace knows one user alone."""
    (size,) = {line.split()[2] for line in Path("/proc/self/uid_map").read_text().splitlines()}
    return pool.UIDS if int(size) > max(pool.UIDS) else pool.UIDS[:1]


def _legacy_works() -> bool:
    """Kernels may be built without the old tables. Asked in our own namespace."""
    try:
        command = ["iptables-legacy-save"]
        listed = subprocess.run(["iptables-legacy", "-nL"], capture_output=True, check=False)
        return (
            listed.returncode == 0
            and subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0
        )
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(main())
