"""Ctrl-C as a question that a loop asks, so that what was seen until then can be shown."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Self, TypeVar

Item = TypeVar("Item")

LOOK_UP_S = 0.2
"""The longest wait of such a loop before it asks again."""

_ENDING = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Within it, the first Ctrl-C (or SIGTERM) is only remembered; the second one interrupts."""

    def __init__(self) -> None:
        self.asked = False
        self._is_waiting = False
        self._restore = contextlib.ExitStack()

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for each in _ENDING:
                before = signal.signal(each, self._remember)
                self._restore.callback(signal.signal, each, before or signal.SIG_DFL)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore.close()

    def next_of(self, items: Iterator[Item]) -> Item | None:
        """The next one, however long it takes; None at the end, and once somebody interrupts."""
        try:
            self._is_waiting = True
            return None if self.asked else next(items, None)
        except KeyboardInterrupt:
            return None
        finally:
            self._is_waiting = False

    def _remember(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        was_asked, self.asked = self.asked, True
        if was_asked or self._is_waiting:
            raise KeyboardInterrupt
