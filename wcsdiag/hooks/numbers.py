"""The numbers of each REST method of each app, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime

from wcsdiag.hooks.exchange import Exchange, Outcome
from wcsdiag.hooks.keeping import BoundedCounter, cut
from wcsdiag.hooks.latency import Latencies
from wcsdiag.hooks.sequences import CONNECT
from wcsdiag.hooks.traffic import MethodNumbers

MOST_METHODS = 1000
"""So many pairs of app and REST method are told apart."""

OTHERS = "other REST methods"
"""What all further pairs are counted as."""

_MOST_SPELLINGS = 4 * MOST_METHODS
_MOST_KINDS = 20


class MethodTally:
    """One REST method of one app."""

    __slots__ = (
        *("_last_at", "_latencies", "app_key", "count", "failed", "failures", "last_seen"),
        *("method", "refused", "refused_example", "sent_again", "unknown"),
    )

    def __init__(self, app_key: str | None, method: str) -> None:
        self.app_key = app_key
        self.method = method
        self.count = self.failed = self.unknown = self.sent_again = self.refused = 0
        self.failures: BoundedCounter[str] = BoundedCounter(_MOST_KINDS)
        self.refused_example: Exchange | None = None
        self.last_seen: datetime | None = None
        self._last_at: float | None = None
        self._latencies = Latencies()

    def add(self, exchange: Exchange, at: float | None, outcome: Outcome) -> None:
        """One more exchange."""
        self.count += 1
        if at is not None and (self._last_at is None or at > self._last_at):
            self._last_at, self.last_seen = at, exchange.sent_at
        if outcome is Outcome.ANSWERED:
            if exchange.status == 403:
                self.refused += 1
                self.refused_example = self.refused_example or cut(exchange)
            if exchange.seconds is not None:
                self._latencies.add(exchange.seconds)
        elif outcome is Outcome.UNKNOWN:
            self.unknown += 1
        else:
            self.failed += 1
            self.failures.add(kind_of_failure(exchange), "other failures")

    @property
    def is_all_refused(self) -> bool:
        """True where the web server declined every hook whose end is known."""
        return self.refused > 0 and self.refused == self.count - self.unknown

    def numbers(self) -> MethodNumbers:
        """As the traffic shows it."""
        p50, p95, p99 = self._latencies.percentiles(0.5, 0.95, 0.99)
        return MethodNumbers(
            app_key=self.app_key,
            method=self.method,
            count=self.count,
            failed=self.failed,
            unknown=self.unknown,
            sent_again=self.sent_again,
            p50_s=p50,
            p95_s=p95,
            p99_s=p99,
            max_s=self._latencies.longest,
            last_seen=self.last_seen,
            failures=tuple(sorted(self.failures.counts.items(), key=lambda kind: -kind[1])),
            refused=self.refused,
        )


class Tallies:
    """All of them. Names are compared without case and shown as they were seen first."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str | None, str], MethodTally] = {}
        self._by_spelling: dict[tuple[str | None, str], MethodTally] = {}
        self._methods: dict[str | None, set[str]] = {}
        self._others = MethodTally(None, OTHERS)

    def of(self, app_key: str | None, method: str) -> MethodTally:
        """The tally of a REST method of an app; all that are too many share one."""
        tally = self._by_spelling.get((app_key, method))
        return tally if tally is not None else self._of_new_spelling(app_key, method)

    def methods_of(self, app_key: str | None) -> AbstractSet[str]:
        """The REST methods of the app's hooks, in lower case."""
        return self._methods.get(app_key, frozenset())

    def refused_of_all(self) -> Iterator[tuple[MethodTally, Exchange]]:
        """The tallies of `connect` of which each hook was declined, with one of them."""
        for (_, key), tally in self._by_key.items():
            if key == CONNECT and tally.is_all_refused and tally.refused_example is not None:
                yield tally, tally.refused_example

    @property
    def is_full(self) -> bool:
        """True where there were too many to tell apart."""
        return self._others.count > 0

    def __iter__(self) -> Iterator[MethodNumbers]:
        for tally in self._by_key.values():
            yield tally.numbers()
        if self.is_full:
            yield self._others.numbers()

    def _of_new_spelling(self, app_key: str | None, method: str) -> MethodTally:
        key = (app_key, method.lower())
        if key not in self._by_key:
            if len(self._by_key) >= MOST_METHODS:
                return self._others
            self._by_key[key] = MethodTally(app_key, method)
            self._methods.setdefault(app_key, set()).add(key[1])
        if len(self._by_spelling) >= _MOST_SPELLINGS:
            self._by_spelling.clear()
        return self._by_spelling.setdefault((app_key, method), self._by_key[key])


def kind_of_failure(exchange: Exchange) -> str:
    """The status, or why there was none, as a name to count by."""
    if exchange.failure is not None:
        return exchange.failure.value
    return str(exchange.status) if exchange.status is not None else "the hook failed"
