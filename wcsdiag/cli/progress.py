"""Live progress of a run of checks."""

from __future__ import annotations

from collections.abc import Sequence

from wcsdiag.cli.status_line import StatusLine
from wcsdiag.model import CheckResult
from wcsdiag.registry import Check


class CheckProgress:
    """Counts the checks that have ended, where a person looks. `close` erases the line."""

    def __init__(self, *, quiet: bool) -> None:
        self._line = StatusLine(quiet=quiet)

    def planned(self, checks: Sequence[Check]) -> None:
        """The run begins."""
        self._line.show(f"0 of {len(checks)} checks")

    def finished(self, result: CheckResult, done: int, total: int) -> None:
        """One more has ended."""
        self._line.show(f"{done} of {total} checks, last {result.code}")

    def close(self) -> None:
        """Leave nothing behind."""
        self._line.close()
