"""Live progress: one line on stderr that is rewritten, only where a person looks at it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from wcsdiag.cli.stream import is_terminal
from wcsdiag.model import CheckResult
from wcsdiag.registry import Check

_ERASE = "\r\x1b[K"


class LineProgress:
    """Counts the checks that have ended. `close` erases the line."""

    def planned(self, checks: Sequence[Check]) -> None:
        """The run begins."""
        self._show(f"0 of {len(checks)} checks")

    def finished(self, result: CheckResult, done: int, total: int) -> None:
        """One more has ended."""
        self._show(f"{done} of {total} checks, last {result.code}")

    def close(self) -> None:
        """Leave nothing behind."""
        self._show("")

    def _show(self, text: str) -> None:
        sys.stderr.write(_ERASE + text)
        sys.stderr.flush()


class NoProgress:
    """Where nobody looks."""

    def planned(self, checks: Sequence[Check]) -> None:
        """Nothing is shown."""

    def finished(self, result: CheckResult, done: int, total: int) -> None:
        """Nothing is shown."""

    def close(self) -> None:
        """Nothing was shown."""


def progress(*, quiet: bool) -> LineProgress | NoProgress:
    """The observer for this stderr."""
    return LineProgress() if is_terminal(sys.stderr) and not quiet else NoProgress()
