"""Where the lines since a moment begin in a large log, found by a few small reads.

Times of day repeat daily. Walking backwards from the file's last change, each time is taken for
the latest moment that it can be: so what is found begins at or before the true beginning, never
after it, and the records that are too old are dropped once they have been read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from wcsdiag.logs.dates import local
from wcsdiag.logs.records import SAMPLE_LIMIT, stamps
from wcsdiag.logs.stamp import Stamp

Read = Callable[[int, int], bytes]
"""`read(offset, limit)` gives up to `limit` bytes of the file from `offset`."""

BLOCK = 64 * 1024
PROBE = 16 * 1024
GRAIN = 256 * 1024
"""The beginning is found to this many bytes, or to a quarter of the window where that is more."""

STRIDE = 4
"""Each step back from the end goes this many times as far as the one before."""


@dataclass(frozen=True)
class WindowStart:
    """Where to begin reading. `offset` is the beginning of a line.

    With `is_whole_file` the file itself begins within the window: older lines are in another file.
    With `understood` False no line that was looked at begins with a time; `sample` is such text.
    """

    offset: int
    is_whole_file: bool
    understood: bool = True
    sample: str = ""


@dataclass(frozen=True)
class _File:
    read: Read
    size: int
    since: datetime
    zone: tzinfo

    def stamps(self, offset: int, limit: int) -> list[tuple[int, Stamp]]:
        data = self.read(offset, limit)
        return stamps(data, offset, starts_inside=offset > 0)


def find_window(
    read: Read, size: int, *, modified: datetime, since: datetime, zone: tzinfo
) -> WindowStart:
    """Where the lines since `since` begin in a file of `size` bytes, last changed at `modified`.

    Both moments are aware; `zone` is the host's. Some twenty reads of 64 KiB at the most, whatever
    the size. Errors of `read` pass through.
    """
    file = _File(read, size, local(since, zone), zone)
    later, high, reach, understood = local(modified, zone), size, BLOCK, False
    while True:
        offset = max(0, size - reach)
        found = file.stamps(offset, min(BLOCK, high - offset))
        if found:
            understood = True
            moments = _moments(found, later, zone)
            old = [index for index, moment in enumerate(moments) if moment < file.since]
            if old and old[-1] + 1 < len(found):
                return WindowStart(found[old[-1] + 1][0], is_whole_file=False)
            if old:
                start = _bisect(file, found[old[-1]][0], high, later)
                return WindowStart(start, is_whole_file=False)
            high, later = found[0][0], moments[0]
        if offset == 0:
            break
        reach *= STRIDE
    if understood:
        return WindowStart(0, is_whole_file=True)
    tail = read(max(0, size - SAMPLE_LIMIT), SAMPLE_LIMIT).decode("utf-8", "replace")
    return WindowStart(0, is_whole_file=True, understood=False, sample=tail)


def _moments(found: list[tuple[int, Stamp]], later: datetime, zone: tzinfo) -> list[datetime]:
    moments: list[datetime] = []
    for _, stamp in reversed(found):
        later = stamp.at(later, zone)
        moments.append(later)
    return moments[::-1]


def _bisect(file: _File, low: int, high: int, later: datetime) -> int:
    """The beginning of a line that is too old, closely before the first that is not.

    A stretch without any time (a giant line) counts as young: that errs to the safe side.
    """
    while high - low > max(GRAIN, (file.size - high) // 4):
        middle = (low + high) // 2
        found = file.stamps(middle, min(PROBE, high - middle))
        if not found:
            high = middle
            continue
        where, stamp = found[0]
        moment = stamp.at(later, file.zone)
        if moment < file.since:
            low = where
        else:
            high, later = where, moment
    return low
