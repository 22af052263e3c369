"""How long a run may take, and what is closed when it ends.

Whatever waits asks `timeout()` first. Whatever holds a connection tells `on_end` how to close it:
closing is what frees a thread that waits in the middle of a read.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable


class Lifetime:
    """One run's time: `timeout_s` for a single operation, `deadline_s` for everything.

    Safe to use from any thread. A fact or a check that declares a parameter of this type is given
    the run's own.
    """

    def __init__(self, timeout_s: float = 5.0, deadline_s: float = 60.0) -> None:
        self.timeout_s = timeout_s
        self.deadline_s = deadline_s
        self._end = time.monotonic() + deadline_s
        self._lock = threading.Lock()
        self._closers: list[Callable[[], None]] = []
        self._ended = threading.Event()

    @property
    def ended(self) -> bool:
        """True once the run was ended, for whatever reason."""
        return self._ended.is_set()

    def remaining(self) -> float:
        """Seconds until the run's deadline: zero once it has passed or the run was ended."""
        return 0.0 if self.ended else max(0.0, self._end - time.monotonic())

    def timeout(self) -> float:
        """Seconds that one operation may take from now on: never more than the run has left."""
        return min(self.timeout_s, self.remaining())

    def on_end(self, close: Callable[[], None]) -> None:
        """Call `close` once when the run ends; now, if it has ended. Its errors are ignored."""
        with self._lock:
            if not self.ended:
                self._closers.append(close)
                return
        self._close(close)

    def end(self) -> None:
        """End the run: everything that was opened is closed, the youngest first."""
        with self._lock:
            self._ended.set()
            closers, self._closers = self._closers, []
        for close in reversed(closers):
            self._close(close)

    @staticmethod
    def _close(close: Callable[[], None]) -> None:
        with contextlib.suppress(Exception):
            close()
