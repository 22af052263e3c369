"""Short excerpts of records: evidence without the bodies of hooks."""

from __future__ import annotations

import re

from wcsdiag.logs.java import is_stack_line
from wcsdiag.logs.records import LogRecord
from wcsdiag.redact.names import ASSIGNED

LINE_LENGTH = 400
LINE_COUNT = 6

_SECRET = re.compile(
    rf"""(?i)(["']?\b\w*(?:{ASSIGNED})\w*["']?\s*[:=]\s*)"""
    r"""("[^"]*"?|'[^']*'?|[^\s,;}&]+)"""
)
_USERINFO = re.compile(r"//[^\s/@]*@")


def excerpt(record: LogRecord) -> str:
    """The first line of a record and the first lines of its stack trace, verbatim.

    Six lines of 400 characters at the most. Lines of a hook's body are left out: they hold
    passwords and tokens of clients (wcs.md 0.6). Values of such names are masked all the same.
    """
    stack = [line for line in record.lines[: 10 * LINE_COUNT] if is_stack_line(line)]
    return "\n".join(_shown(line) for line in (record.first_line, *stack[: LINE_COUNT - 1]))


def masked(text: str) -> str:
    """Raw text to be shown, with values of passwords and tokens masked, and no overlong line."""
    return "\n".join(_shown(line) for line in text.split("\n"))


def without_secrets(text: str) -> str:
    """The text with values of passwords and tokens masked, and the names and passwords of URLs."""
    return _USERINFO.sub("//[redacted]@", _SECRET.sub(r"\1[redacted]", text))


def without_userinfo(url: str) -> str:
    """A URL without name, password and query."""
    return _USERINFO.sub("//", url.strip()).partition("?")[0][:LINE_LENGTH]


def _shown(line: str) -> str:
    line = line.rstrip()
    if len(line) > LINE_LENGTH:
        line = line[: LINE_LENGTH - 1] + "…"
    return without_secrets(line)
