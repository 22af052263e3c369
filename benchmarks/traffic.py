"""Rows about large traces: what was measured, beside what, and the limit it is held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measurement. `ratio` is to the row that `beside` names; a limit of 0 is none.
    `peak_mb` is 0 where only time was measured.

    `limit` is for the ratio, `limit_s` for the seconds, `limit_mb` for the memory.
    """

    name: str
    seconds: float
    peak_mb: float
    ratio: float = 1.0
    beside: str = ""
    limit: float = 0.0
    limit_s: float = 0.0
    limit_mb: float = 0.0

    @property
    def broken(self) -> str:
        """Which limit it breaks, in one line; empty where it breaks none."""
        for value, limit, unit in (
            (self.ratio, self.limit, f"times {self.beside}"),
            (self.seconds, self.limit_s, "s"),
            (self.peak_mb, self.limit_mb, "MB"),
        ):
            if limit and value > limit:
                return f"{self.name}: {value:.2f} {unit}, limit {limit:.2f}"
        return ""


def table(rows: Sequence[Row]) -> str:
    """The result as a Markdown table."""
    lines = ["| | time | memory | ratio | limit |", "|---|---:|---:|---:|---|"]
    lines += [
        f"| {row.name} | {row.seconds:.2f} s | {_memory(row)} | {_ratio(row)} | {_limits(row)} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def _memory(row: Row) -> str:
    return f"{row.peak_mb:.0f} MB" if row.peak_mb else ""


def _ratio(row: Row) -> str:
    return f"{row.ratio:.2f}" if row.beside else ""


def _limits(row: Row) -> str:
    limits = [
        f"{row.limit:g} times {row.beside}" if row.limit else "",
        f"{row.limit_s:g} s" if row.limit_s else "",
        f"{row.limit_mb:g} MB" if row.limit_mb else "",
    ]
    return ", ".join(filter(None, limits))
