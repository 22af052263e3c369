"""Text that was not understood, as evidence: it may hold secrets that nobody can tell apart."""

from __future__ import annotations

import re

_USERINFO = re.compile(r"//[^/?#@\s:]*:([^/?#@\s]+)@")
_SAYS_PASSWORD = re.compile(r"pass|secret|\bpw\b", re.IGNORECASE)
_PAIR = re.compile(
    r"([\w-]*(?:pass|secret)[\w-]*[\"']?\s*[:=]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;}]+)", re.IGNORECASE
)
_MOST_LINES = 30
_LONGEST_LINE = 300


def excerpt_without_secrets(text: str) -> str:
    """The beginning of a text that was not understood, to be shown as evidence.

    Values after a word like "password" are masked. Where such a word heads a column instead, no
    cell can be told to be harmless: letters and digits below it become x and 9.
    """
    lines, is_masked = [], False
    for line in text.splitlines()[:_MOST_LINES]:
        shown, pairs = _PAIR.subn(r"\1***", line)
        if is_masked:
            shown = re.sub(r"[0-9]", "9", re.sub(r"[^\W\d_]", "x", shown))
        elif _SAYS_PASSWORD.search(line) and not pairs:
            is_masked = True
        lines.append(shown[:_LONGEST_LINE])
    return _USERINFO.sub("//***@", "\n".join(lines))
