"""Dates for records whose lines carry only a time of day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from wcsdiag.logs.records import LogRecord


@dataclass(frozen=True)
class DatedRecord:
    """A record and the moment it was written; `at` is aware."""

    at: datetime
    record: LogRecord


def local(moment: datetime, zone: tzinfo) -> datetime:
    """An aware moment as the naive local time of a zone."""
    return moment.astimezone(zone).replace(tzinfo=None)


def date_backwards(
    records: Sequence[LogRecord], modified: datetime, zone: tzinfo
) -> tuple[DatedRecord, ...]:
    """The records with their dates, found backwards from `modified`, the file's last change.

    A time that is later than the one after it belongs to the day before. A silence of a whole day
    cannot be seen: then the dates before it are too young by as many days.
    """
    later = local(modified, zone)
    dated: list[DatedRecord] = []
    for record in reversed(records):
        later = record.stamp.at(later, zone)
        dated.append(DatedRecord(later.replace(tzinfo=zone), record))
    dated.reverse()
    return tuple(dated)
