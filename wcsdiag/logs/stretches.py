"""What the stretches of a log that were read say, taken together: errors and exchanges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property

from wcsdiag.hooks.exchange import Exchange
from wcsdiag.hooks.traffic import Contact
from wcsdiag.logs.dates import DatedRecord, Dater, beginning
from wcsdiag.logs.errors_seen import Seen, Watch
from wcsdiag.logs.exchanges import ExchangeReader
from wcsdiag.logs.records import parse_in_parts, some_stamps_backwards

MOST_EXCHANGES = 50_000


@dataclass(frozen=True)
class Stretch:
    """Bytes of one log, and what they are.

    `modified` is a moment that no line is later than: the file's last change, or the beginning of
    the file that came after it. With `is_thinned` the host's tools left of it the lines that
    matter; without `has_hooks` errors alone. `starts_inside` says that the first line may have
    lost its beginning. Without `is_continued` lines may be missing between it and the stretch
    before it. Records from `until` on are in the next stretch, too, and left out here.
    """

    name: str
    data: bytes
    modified: datetime
    zone: tzinfo
    offset: int = 0
    is_thinned: bool = False
    has_hooks: bool = True
    starts_inside: bool = False
    is_continued: bool = True
    until: datetime | None = None

    @cached_property
    def begins(self) -> datetime | None:
        """When its first record was written; aware. None where it holds none."""
        return beginning(some_stamps_backwards(self.data), self.modified, self.zone)

    def records(self) -> Iterator[DatedRecord]:
        """Its records with their dates."""
        if self.begins is None:
            return
        dater = Dater(self.begins, self.zone)
        for part in parse_in_parts(self.data, offset=self.offset, starts_inside=self.starts_inside):
            for dated in dater.date(part):
                if self.until is None or dated.at < self.until:
                    yield dated


@dataclass(frozen=True)
class Understood:
    """What the stretches say of the time since the window's beginning.

    `exchanges` are at most fifty thousand, the newest, in the order of their ends; `omitted` were
    older. An exchange without end is `Failure.NOT_SEEN`: whoever knows WCS's limit judges it.
    `contacts` are failures whose hook is not in what was read. `ended` is the newest record's time.
    """

    seen: Seen
    exchanges: tuple[Exchange, ...]
    omitted: int
    contacts: tuple[Contact, ...]
    ended: datetime | None


def understand(stretches: Iterable[Stretch], since: datetime) -> Understood:
    """Read the stretches of one log, the oldest first. Errors before `since` are left out."""
    gathering = _Gathering(since)
    for stretch in stretches:
        gathering.add(stretch)
    return gathering.result()


class _Gathering:
    def __init__(self, since: datetime) -> None:
        self._since = since
        self._watch = Watch()
        self._reader = ExchangeReader(since=since)
        self._exchanges: list[Exchange] = []
        self._omitted = 0
        self._ended: datetime | None = None

    def add(self, stretch: Stretch) -> None:
        if not stretch.is_continued:
            self._keep(self._reader.finish())
        self._reader.name, self._reader.is_thinned = stretch.name, stretch.is_thinned
        records = self._watched(stretch.records())
        if stretch.has_hooks:
            self._keep(self._reader.feed(records))
        else:
            for _ in records:
                pass

    def result(self) -> Understood:
        self._keep(self._reader.finish())
        kept = tuple(self._exchanges[-MOST_EXCHANGES:])
        omitted = self._omitted + len(self._exchanges) - len(kept)
        return Understood(self._watch.seen(), kept, omitted, self._reader.contacts, self._ended)

    def _watched(self, records: Iterable[DatedRecord]) -> Iterator[DatedRecord]:
        """The records as they pass; the watch sees those of the window."""
        for dated in records:
            self._ended = dated.at
            if dated.at >= self._since:
                self._watch.feed((dated,))
            yield dated

    def _keep(self, exchanges: Iterable[Exchange]) -> None:
        for exchange in exchanges:
            self._exchanges.append(exchange)
            if len(self._exchanges) >= 2 * MOST_EXCHANGES:
                del self._exchanges[:MOST_EXCHANGES]
                self._omitted += MOST_EXCHANGES
