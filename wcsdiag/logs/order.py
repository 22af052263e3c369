"""Exchanges in the order in which they were sent; a log gives them in the order of their ends."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

from wcsdiag.hooks.exchange import Exchange

_HELD = 2_000


def in_order(exchanges: Iterable[Exchange], held: int = _HELD) -> Iterator[Exchange]:
    """The same exchanges by `sent_at`, as far as that can be had by holding `held` of them."""
    waiting: list[tuple[float, int, Exchange]] = []
    for number, exchange in enumerate(exchanges):
        second = exchange.sent_at.timestamp() if exchange.sent_at else 0.0
        heapq.heappush(waiting, (second, number, exchange))
        if len(waiting) > held:
            yield heapq.heappop(waiting)[2]
    while waiting:
        yield heapq.heappop(waiting)[2]
