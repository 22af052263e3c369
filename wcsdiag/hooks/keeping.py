"""Some of very many, kept in bounded memory."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Generic, TypeVar

from wcsdiag.hooks.exchange import Exchange
from wcsdiag.hooks.masking import masked, masked_text

Kept = TypeVar("Kept")
Counted = TypeVar("Counted", bound=Hashable)

LONGEST_BODY = 4096
"""Bodies of kept exchanges are cut after so many characters."""


class Spread(Generic[Kept]):
    """Some of the things that are added, spread evenly over all of them: half of `most` or more."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._stride = 1
        self._kept: list[Kept] = []
        self.count = 0

    def wants_next(self) -> bool:
        """Counts the next thing; True where it is to be added."""
        self.count += 1
        return (self.count - 1) % self._stride == 0

    def add(self, thing: Kept) -> None:
        """Keep a thing that is wanted."""
        self._kept.append(thing)
        if len(self._kept) > self._most:
            self._kept = self._kept[::2]
            self._stride *= 2

    def kept(self, most: int) -> list[Kept]:
        """At most so many, spread evenly."""
        kept = self._kept
        while len(kept) > max(0, most):
            kept = kept[::2] if most > 0 else []
        return kept


class BoundedCounter(Generic[Counted]):
    """Counts of at most so many different things; of the others only that there were some."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.counts: dict[Counted, int] = {}

    def add(self, thing: Counted, otherwise: Counted) -> None:
        """One more of a thing, or where there are too many kinds, of what it is counted as."""
        if thing not in self.counts and len(self.counts) >= self._most:
            thing = otherwise
        self.counts[thing] = self.counts.get(thing, 0) + 1


def cut(exchange: Exchange) -> Exchange:
    """The exchange with bodies of bounded length."""
    texts = (exchange.request_text, exchange.answer_text)
    if all(len(text or "") <= LONGEST_BODY for text in texts):
        return exchange
    request, answer = texts
    return replace(
        exchange,
        request=masked(exchange.request),
        request_text=request and request[:LONGEST_BODY],
        request_truncated=exchange.request_truncated or len(request or "") > LONGEST_BODY,
        answer_text=answer and answer[:LONGEST_BODY],
        answer_truncated=exchange.answer_truncated or len(answer or "") > LONGEST_BODY,
    )


def shown(exchange: Exchange) -> Exchange:
    """The exchange for display: bodies without secrets."""
    request, answer = exchange.request_text, exchange.answer_text
    shown_request = request and masked_text(request, LONGEST_BODY)
    is_echo = answer == request
    return replace(
        exchange,
        request=masked(exchange.request),
        request_text=shown_request,
        answer_text=shown_request if is_echo else answer and masked_text(answer, LONGEST_BODY),
    )
