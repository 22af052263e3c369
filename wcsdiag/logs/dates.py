"""Dates for records whose lines carry only a time of day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import NamedTuple

from wcsdiag.logs.records import LogRecord
from wcsdiag.logs.stamp import Stamp


class DatedRecord(NamedTuple):
    """A record and the moment it was written; `at` is aware."""

    at: datetime
    record: LogRecord


def local(moment: datetime, zone: tzinfo) -> datetime:
    """An aware moment as the naive local time of a zone."""
    return moment.astimezone(zone).replace(tzinfo=None)


def beginning(newest_first: Iterable[Stamp], modified: datetime, zone: tzinfo) -> datetime | None:
    """When the oldest of the stamps was written, found backwards from `modified`; aware.

    None where there is no stamp. Not all stamps of a log are needed: the first and the last of each
    hour are enough.
    """
    later, is_empty = local(modified, zone), True
    for stamp in newest_first:
        later, is_empty = stamp.at(later, zone), False
    return None if is_empty else later.replace(tzinfo=zone)


class Dater:
    """Dates records in the order of the log, from the moment of the first on.

    A time that is earlier than the one before it belongs to the next day, unless the clock was
    set back a little: what a walk backwards from the log's end finds, without holding the log.
    """

    def __init__(self, first: datetime, zone: tzinfo) -> None:
        """`first` is aware: when the first record was written, or any moment shortly before it."""
        self._before = local(first, zone)
        self._zone = zone

    def move_on(self, moment: datetime) -> None:
        """The log has come to that moment without a line."""
        self._before = max(self._before, local(moment, self._zone))

    def at(self, stamp: Stamp) -> datetime:
        """The moment of the next stamp; aware."""
        self._before = stamp.after(self._before, self._zone)
        return self._before.replace(tzinfo=self._zone)

    def date(self, records: Iterable[LogRecord]) -> Iterator[DatedRecord]:
        """The next records with their dates."""
        for record in records:
            yield DatedRecord(self.at(record.stamp), record)
