"""A log that is being written, read as it grows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo

from wcsdiag.hooks.collector import DEFAULT_LIMIT_S
from wcsdiag.hooks.exchange import Exchange
from wcsdiag.hooks.traffic import Contact
from wcsdiag.logs.dates import Dater
from wcsdiag.logs.exchanges import ExchangeReader
from wcsdiag.logs.records import LogRecord
from wcsdiag.logs.sieve import HookSieve


class FollowReader:
    """The hooks in the output of `tail -n 0 -F`, as they end. Bounded, and raises on no input."""

    def __init__(
        self, zone: tzinfo, now: datetime, name: str = "", limit_s: float | None = DEFAULT_LIMIT_S
    ) -> None:
        """`now` is the time of the machine that writes the log, aware; its lines come after it."""
        self._sieve = HookSieve()
        self._dater = Dater(now, zone)
        self._reader = ExchangeReader(name, limit_s)

    def feed(self, data: bytes) -> Iterator[Exchange]:
        """More of the output: the exchanges that ended in it. The last block may still be open."""
        return self._read(self._sieve.feed(data))

    def tick(self, now: datetime) -> Iterator[Exchange]:
        """Nothing came for a while, until `now`: the last block is whole, and time has passed."""
        if self._sieve.is_between_lines:
            yield from self._read(self._sieve.flush())
        self._dater.move_on(now)
        yield from self._reader.wait_until(now)

    def finish(self) -> Iterator[Exchange]:
        """The end: the exchanges that are still open."""
        yield from self._read(self._sieve.flush())
        yield from self._reader.finish()

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Failures so far whose hook was sent before."""
        return self._reader.contacts

    def _read(self, records: Iterable[LogRecord]) -> Iterator[Exchange]:
        yield from self._reader.feed(self._dater.date(records))
