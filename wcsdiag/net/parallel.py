"""Waiting for several things at the same time, with a bound on how many."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

Result = TypeVar("Result")


def at_the_same_time(calls: Sequence[Callable[[], Result]], *, at_most: int) -> tuple[Result, ...]:
    """The results of all calls, in their order; the first exception is raised after all ended.

    The threads are daemons: a call that never returns cannot keep the program from exiting.
    """
    if len(calls) == 1:
        return (calls[0](),)
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    results: dict[int, Result] = {}
    errors: dict[int, BaseException] = {}
    for number in range(len(calls)):
        waiting.put(number)

    def work() -> None:
        while True:
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                results[number] = calls[number]()
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                errors[number] = error

    threads = [
        threading.Thread(target=work, name="wcsdiag-net", daemon=True)
        for _ in range(min(at_most, len(calls)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[min(errors)]
    return tuple(results[number] for number in range(len(calls)))
