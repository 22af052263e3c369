"""How many sessions run at once on one SSH connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class SessionGate:
    """At most `limit` at once; fewer where the server turns out to allow fewer (MaxSessions)."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._inside = 0
        self._changed = threading.Condition()
        self._closed = False

    @contextmanager
    def enter(self, timeout_s: float) -> Iterator[None]:
        """Wait for a place. Raises `TimeoutError`, or `ConnectionError` once closed."""
        end = time.monotonic() + timeout_s
        with self._changed:
            while self._inside >= self._limit and not self._closed:
                if not self._changed.wait(max(0.0, end - time.monotonic())):
                    raise TimeoutError
            if self._closed:
                raise ConnectionError("the connection was closed")
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify()

    def narrow(self) -> bool:
        """The server refused one more session: allow only the others. False where there are none.

        To be called by one that is inside, before it leaves.
        """
        with self._changed:
            others = self._inside - 1
            if others > 0:
                self._limit = min(self._limit, others)
            return others > 0

    def close(self) -> None:
        """Free whoever waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
