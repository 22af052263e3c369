"""From when to when a trace goes."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

from wcsdiag.hooks.exchange import Exchange
from wcsdiag.hooks.seen import EPOCH

_LONGEST_S = 86_400.0


class Span:
    """The first and the last moment of a trace, as far as anything says them."""

    __slots__ = ("_began_at", "_ended_at", "began", "ended")

    def __init__(self) -> None:
        self.began: datetime | None = None
        self.ended: datetime | None = None
        self._began_at = float("inf")
        self._ended_at = float("-inf")

    def stretch(self, exchange: Exchange, at: float | None) -> None:
        """It holds this exchange from request to answer; `at` is the request's moment."""
        if at is None or exchange.sent_at is None:
            return
        if at < self._began_at:
            self._began_at, self.began = at, _aware(exchange.sent_at)
        seconds = exchange.seconds or 0.0
        end = at + seconds if 0 <= seconds <= _LONGEST_S else at
        if end > self._ended_at:
            try:
                self.ended = _aware(exchange.sent_at) + timedelta(seconds=end - at)
            except OverflowError:
                return
            self._ended_at = end

    def stretched_to(self, began: datetime | None, ended: datetime | None) -> Span:
        """A longer one, where these moments lie outside it."""
        longer = copy.copy(self)
        for moment in (began, ended):
            if moment is not None:
                longer.reach(moment)
        return longer

    def reach(self, moment: datetime) -> None:
        """It holds this moment."""
        moment = _aware(moment)
        at = (moment - EPOCH).total_seconds()
        if at < self._began_at:
            self._began_at, self.began = at, moment
        if at > self._ended_at:
            self._ended_at, self.ended = at, moment


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
