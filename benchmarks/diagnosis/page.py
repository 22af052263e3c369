"""The result as a page of Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.diagnosis.outcome import Done, Outcome

_ABOUT = """# Does the right cause come first?

Written by `make bench-diagnosis`. Each row is a real run. The network is three machines and a
router between them (network namespaces) with real rule sets, OpenSSH, nginx and a stand-in WCS; a
fault is a file of `benchmarks/diagnosis/faults`. Rows that begin with `lab-` are the faults of
`wcsdiag demo`.

*Right* means that the code which names the fault is the first cause of the report. In a healthy
row everything but "healthy" is wrong. The script (`benchmarks/diagnosis/script.sh`) is what one
would write with nmap, nc, curl and ssh. It is given the REST URL, which wcsdiag has to find out.
Where its word names the symptom and leaves the cause open it counts as undetermined, not as wrong.
"""


def page(results: Sequence[Done]) -> str:
    """Numbers first, then one row per case."""
    return "\n".join((_ABOUT, _numbers(results), "## Each case", "", _rows(results)))


def _numbers(results: Sequence[Done]) -> str:
    faults = [done for done in results if done.case.cause]
    healthy = [done for done in results if not done.case.cause]
    ours, theirs = [done.outcome for done in faults], [done.script for done in faults]
    rows = [
        ("**causes right**", _share(ours, Outcome.RIGHT), _share(theirs, Outcome.RIGHT)),
        ("cause wrong", ours.count(Outcome.WRONG), theirs.count(Outcome.WRONG)),
        ("fault missed", ours.count(Outcome.MISSED), theirs.count(Outcome.MISSED)),
    ]
    ours, theirs = [done.outcome for done in results], [done.script for done in results]
    rows += [
        (f"**{outcome.value}**", ours.count(outcome), theirs.count(outcome))
        for outcome in (Outcome.FALSE_ALARM, Outcome.UNDETERMINED)
    ]
    lines = [f"{len(faults)} faults, {len(healthy)} healthy variants.", ""]
    lines += ["| | wcsdiag | script |", "|---|---:|---:|"]
    lines += [f"| {name} | {our} | {their} |" for name, our, their in rows]
    return "\n".join((*lines, ""))


def _share(outcomes: Sequence[Outcome], outcome: Outcome) -> str:
    count, total = outcomes.count(outcome), len(outcomes)
    return f"{count} of {total} ({100 * count // max(total, 1)}%)"


def _rows(results: Sequence[Done]) -> str:
    lines = [
        "| case | what is wrong | cause | wcsdiag says | | script says | |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {done.case.name} | {done.case.summary} | {done.case.cause or 'none'}"
        f" | {done.said} | {done.outcome.value} | {done.word} | {done.script.value} |"
        for done in results
    ]
    return "\n".join(lines) + "\n"
