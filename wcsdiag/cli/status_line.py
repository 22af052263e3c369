"""How far something has come: one line on stderr, rewritten, only where a person looks at it."""

from __future__ import annotations

import sys
import time

from wcsdiag.cli.stream import is_terminal

_ERASE = "\r\x1b[K"
_BETWEEN_S = 0.2


class StatusLine:
    """Shows the newest text a few times a second. `close` erases the line."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._is_seen = is_terminal(sys.stderr) and not quiet
        self._next = 0.0

    def show(self, text: str) -> None:
        """The newest text, of our own words and numbers alone."""
        now = time.monotonic()
        if self._is_seen and now >= self._next:
            self._next = now + _BETWEEN_S
            self._write(text)

    def close(self) -> None:
        """Leave nothing behind; it may be shown again."""
        self._next = 0.0
        if self._is_seen:
            self._write("")

    def _write(self, text: str) -> None:
        sys.stderr.write(_ERASE + text)
        sys.stderr.flush()
