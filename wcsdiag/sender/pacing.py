"""When the next hook may go: evenly, for however many connections."""

from __future__ import annotations

import threading
import time

from wcsdiag.lifetime import Lifetime

_LOOK_UP_S = 0.1


class Pacer:
    """At most `rate` hooks per second in all; None: as they come. Safe from any thread."""

    def __init__(self, rate: float | None, lifetime: Lifetime) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._lifetime = lifetime
        self._lock = threading.Lock()
        self._next = time.monotonic()

    def wait(self) -> bool:
        """Wait for this hook's turn; False where the run ended before it."""
        with self._lock:
            turn = max(self._next, time.monotonic())
            self._next = turn + self._interval
        return sleep_until(turn, self._lifetime)


def sleep_until(moment: float, lifetime: Lifetime) -> bool:
    """Sleep until a moment of `time.monotonic`; False where the run ended before it."""
    while (left := moment - time.monotonic()) > 0:
        if not lifetime.remaining():
            return False
        time.sleep(min(left, _LOOK_UP_S))
    return lifetime.remaining() > 0
