"""Every error that wcsdiag raises on purpose, with what a person should do about it."""

from __future__ import annotations


class WcsdiagError(Exception):
    """The root of all errors raised on purpose.

    `str(error)` says what happened in one line; `diagnostics()` says what to do about it.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def diagnostics(self) -> str:
        """What happened and, where it is known, what to do: one or two lines of plain text."""
        return f"{self}\n{self.hint}" if self.hint else str(self)


def words_of(error: BaseException) -> str:
    """What an error says, without the number that Python puts before the system's words."""
    said = error.strerror if isinstance(error, OSError) else None
    return said or str(error) or type(error).__name__


class UsageError(WcsdiagError):
    """The command line, the environment or a configuration file asks for the impossible: exit 2."""


class PlanError(WcsdiagError):
    """The checks and facts that were loaded do not fit together: found before any connection."""
