"""Dates by a walk backwards over a log that is held whole: what `Dater` must find as well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from wcsdiag.logs.dates import DatedRecord, local
from wcsdiag.logs.records import LogRecord


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
