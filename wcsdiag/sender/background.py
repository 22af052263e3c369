"""Work in threads of its own, whose results come to the one that asked, as they are there."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from wcsdiag.lifetime import Lifetime

Result = TypeVar("Result")
Give = Callable[[Result], None]
Work = Callable[[Give[Result]], None]

_LOOK_UP_S = 0.2


def results_of(works: Sequence[Work[Result]], lifetime: Lifetime) -> Iterator[Result]:
    """What the works give, in the order in which it is given; raises what one of them raises.

    The one that iterates never waits long: it can be interrupted at any time. Once the lifetime is
    over it is ended, which frees the works.
    """
    given: queue.SimpleQueue[tuple[Result] | BaseException | None] = queue.SimpleQueue()
    for work in works:
        threading.Thread(target=_do, args=(work, given), daemon=True).start()
    working = len(works)
    while working:
        try:
            item = given.get(timeout=_LOOK_UP_S)
        except queue.Empty:
            if not lifetime.remaining():
                lifetime.end()
            continue
        if item is None:
            working -= 1
        elif isinstance(item, BaseException):
            lifetime.end()
            raise item
        else:
            yield item[0]


def _do(work: Work[Result], given: queue.SimpleQueue[tuple[Result] | BaseException | None]) -> None:
    try:
        work(lambda result: given.put((result,)))
    except Exception as error:  # noqa: BLE001 - raised again by whoever iterates
        given.put(error)
    finally:
        given.put(None)
