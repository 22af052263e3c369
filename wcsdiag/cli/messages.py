"""What the program says of itself: on stderr, clean, and never among the data."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable

from wcsdiag.cli.debug import current_redactor
from wcsdiag.cli.stream import PLAIN_WIDTH, is_terminal, write_error
from wcsdiag.report.visible import visible

_LONGEST, _ENDING = 2000, 600
_NARROWEST = 40


def tell(message: str) -> None:
    """One message, without secrets and without anything that a terminal would obey.

    A line for a log; for a person wrapped between words.
    """
    line = " ".join(visible(current_redactor().clean(message)).split())
    if len(line) > _LONGEST:
        line = f"{line[: _LONGEST - _ENDING]} [...] {line[-_ENDING:]}"
    write_error(_wrapped(f"wcsdiag: {line}"))


def warn(warnings: Iterable[str]) -> None:
    """What goes on all the same."""
    for warning in warnings:
        tell(f"warning: {warning}")


def _wrapped(line: str) -> str:
    if not is_terminal(sys.stderr):
        return line
    width = max(shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns, _NARROWEST)
    return textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
