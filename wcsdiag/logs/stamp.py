"""The time that a log line begins with, and the day that it belongs to.

Lines of WCS carry a time and no date: `16:54:29,197` (wcs.md 2.1 and 2.2). The day is found
backwards from a moment that is known, the file's last change.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import NamedTuple

CLOCK_SLACK = timedelta(minutes=65)
"""A clock that jumps back by no more than this is not a midnight: summer time ends, NTP steps."""

LONGEST_STAMP = 80
"""Characters of a line within which its stamp ends."""

_DAY = timedelta(days=1)
_YEARS = range(1990, 2200)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_STAMP = re.compile(
    r"""(?:\x1b\[[0-9;]*m)*\[?
    (?:(?P<year>\d{4})[-/.](?P<month>\d{2})[-/.](?P<day>\d{2})[T\ ]
      |(?P<day2>\d{1,2})\ (?P<name>[A-Z][a-z]{2})\ (?P<year2>\d{4})\ )?
    (?P<time>(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)
    (?:[,.](?P<fraction>\d{1,9}))?
    \ ?(?P<zone>Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?\]?(?=\s|$)""",
    re.ASCII | re.VERBOSE,
)

# What nearly every line begins with: what `_STAMP` finds too, in a fraction of its time.
_PLAIN = re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d),(\d{3})(?= [^\sZ+-])", re.ASCII)


class Stamp(NamedTuple):
    """A line's time of day; its day and its offset from UTC only where the layout gives them.

    `length` is in characters. `is_bare` says that only `HH:mm:ss` was there.
    """

    time: time
    day: date | None
    utc_offset: timedelta | None
    length: int
    is_bare: bool

    def at(self, later: datetime, zone: tzinfo) -> datetime:
        """The moment, as the naive local time of `zone`: the last one not after `later`.

        `later` is naive local time too: when the line after this one was written. A stamp with a
        day of its own needs no `later`.
        """
        if self.day is not None:
            return self._own(self.day, zone)
        latest = later + CLOCK_SLACK
        moment = datetime.combine(latest.date(), self.time)
        return moment if moment <= latest else moment - _DAY

    def after(self, earlier: datetime, zone: tzinfo) -> datetime:
        """The moment in the same form: the first one not before `earlier`, the line before it."""
        if self.day is not None:
            return self._own(self.day, zone)
        earliest = earlier - CLOCK_SLACK
        moment = datetime.combine(earliest.date(), self.time)
        return moment if moment >= earliest else moment + _DAY

    def _own(self, day: date, zone: tzinfo) -> datetime:
        own = datetime.combine(day, self.time)
        if self.utc_offset is None:
            return own
        return own.replace(tzinfo=timezone(self.utc_offset)).astimezone(zone).replace(tzinfo=None)


def read_stamp(line: str) -> Stamp | None:
    """The stamp at the very beginning of a line, or None.

    Read are `HH:mm:ss,SSS` and, in front of it, `yyyy-MM-dd`, `yyyy/MM/dd` or `dd MMM yyyy`; ISO
    8601 with `T` and an offset; all of it in square brackets. Colours before it are passed over.
    """
    plain = _PLAIN.match(line)
    if plain is not None:
        hour, minute, second, millisecond = map(int, plain.groups())
        at = time(hour, minute, second, 1000 * millisecond)
        return Stamp(at, None, None, plain.end(), is_bare=False)
    found = _STAMP.match(line[:LONGEST_STAMP])
    if found is None:
        return None
    try:
        day = _day(found)
    except ValueError:
        return None
    microseconds = int((found["fraction"] or "0").ljust(6, "0")[:6])
    return Stamp(
        time=time.fromisoformat(found["time"]).replace(microsecond=microseconds),
        day=day,
        utc_offset=_offset(found["zone"]),
        length=found.end(),
        is_bare=day is None and found["fraction"] is None,
    )


def _day(found: re.Match[str]) -> date | None:
    if found["year"]:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    elif found["year2"]:
        month = _MONTHS.index(found["name"]) + 1
        day = date(int(found["year2"]), month, int(found["day2"]))
    else:
        return None
    if day.year not in _YEARS:
        raise ValueError(f"{day.year} is not a year of a log")
    return day


def _offset(zone: str | None) -> timedelta | None:
    if zone is None or zone == "Z":
        return None if zone is None else timedelta(0)
    size = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return -size if zone[0] == "-" else size
