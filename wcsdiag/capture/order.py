"""Exchanges in the order of their beginning, though they end in another."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from wcsdiag.capture.message import Message
from wcsdiag.hooks.exchange import Exchange

_PATIENCE_NS = 20 * 1_000_000_000
_MOST_HELD = 512


class InOrder:
    """Holds an exchange back while an earlier request waits, for at most 20 s of the capture."""

    def __init__(self) -> None:
        self._open: dict[Message, None] = {}
        self._count = 0
        self._ended: list[tuple[int, int, Exchange]] = []

    def began(self, request: Message) -> None:
        """A request is there that may become an exchange."""
        self._open[request] = None

    def ended(self, request: Message, exchange: Exchange | None) -> None:
        """It has ended, and is an exchange or none."""
        self._open.pop(request, None)
        if exchange is not None:
            self._count += 1
            heappush(self._ended, (request.began, self._count, exchange))

    def ready(self, at: int) -> list[Exchange]:
        """Those that no earlier one can precede any more."""
        ended, waiting = self._ended, self._open
        if not waiting and len(ended) == 1:
            return [ended.pop()[2]]
        while waiting and at - next(iter(waiting)).began > _PATIENCE_NS:
            del waiting[next(iter(waiting))]
        first = next(iter(waiting)).began if waiting else None
        ready = []
        while ended and (first is None or ended[0][0] <= first or len(ended) > _MOST_HELD):
            ready.append(heappop(ended)[2])
        return ready

    def rest(self) -> Iterator[Exchange]:
        """All that are left: none comes any more."""
        self._open = {}
        while self._ended:
            yield heappop(self._ended)[2]
