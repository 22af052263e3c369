"""Where the lines since a moment begin in a large log, found by small reads, many at a time.

Times of day repeat daily. Walking backwards from the file's last change, each time is taken for
the latest moment that it can be: so what is found begins at or before the true beginning, never
after it, and the records that are too old are dropped once they have been read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import NamedTuple

from wcsdiag.logs.dates import local
from wcsdiag.logs.records import SAMPLE_LIMIT, stamps
from wcsdiag.logs.stamp import Stamp

PROBE = 8 * 1024
TAIL = 8 * PROBE
GRAIN = 256 * 1024
"""The beginning is found to this many bytes, or to a third of the window where that is more."""

AT_ONCE = 16
"""Reads of a round; the first round has two to fifty, by the size of the file."""

_ROUNDS = 8


class Place(NamedTuple):
    """A stretch of a file, in bytes; both are multiples of `PROBE`. It may reach past the end."""

    offset: int
    limit: int


Read = Callable[[Sequence[Place]], Sequence[bytes]]
"""Gives the bytes of each place, in the same order; the last alone may end before its limit."""


@dataclass(frozen=True)
class WindowStart:
    """Where to begin reading. `offset` is the beginning of a line.

    With `is_whole_file` the file itself begins within the window: older lines are in another file,
    and `first` is the stamp of its first record. `ends` is the newest line's time, aware. With
    `understood` False no line that was looked at begins with a time; `sample` is such text.
    """

    offset: int
    is_whole_file: bool
    understood: bool = True
    sample: str = ""
    first: Stamp | None = None
    ends: datetime | None = None


def find_window(
    read: Read, size: int, *, modified: datetime, since: datetime, zone: tzinfo
) -> WindowStart:
    """Where the lines since `since` begin in a file of `size` bytes, last changed at `modified`.

    Both moments are aware; `zone` is the host's. Mostly one round of reads is enough, and half a
    megabyte, whatever the size. Errors of `read` pass through.
    """
    search = _Search(local(since, zone), zone, size, later=local(modified, zone))
    places = _back_from_the_end(size)
    for _ in range(_ROUNDS):
        if not places:
            break
        # In the order of the file, so that the end of the file comes last; the newest is looked at
        # first, since that is the way in which days are counted.
        search.look(places, read(places))
        places = search.next_places()
    return search.result()


@dataclass
class _Search:
    """What is known so far: the line at `low` is too old, the one at `high`, of `later`, is not."""

    since: datetime
    zone: tzinfo
    size: int
    later: datetime
    low: int | None = None
    high: int = field(init=False)
    is_exact: bool = False
    is_stuck: bool = False
    ends: datetime | None = None
    first: Stamp | None = None
    sample: bytes = b""

    def __post_init__(self) -> None:
        self.high = self.size

    def look(self, places: Sequence[Place], blocks: Sequence[bytes]) -> None:
        """One round: the blocks from the newest to the first that holds a line that is too old."""
        before = (self.low, self.high)
        self.sample = self.sample or blocks[-1][-SAMPLE_LIMIT:]
        for place, block in zip(reversed(places), reversed(blocks), strict=True):
            data = block[: max(0, self.high - place.offset)]
            found = stamps(data, place.offset, starts_inside=place.offset > 0)
            if found and self._is_older(found):
                break
            if found and place.offset == 0:
                self.first = found[0][1]
        self.is_stuck = before == (self.low, self.high)

    def _is_older(self, found: list[tuple[int, Stamp]]) -> bool:
        moments = _moments(found, self.later, self.zone)
        self.ends = self.ends or moments[-1]
        old = max((n for n, moment in enumerate(moments) if moment < self.since), default=-1)
        if old + 1 < len(found):
            self.high, self.later = found[old + 1][0], moments[old + 1]
        if old < 0:
            return False
        self.low, self.is_exact = found[old][0], old + 1 < len(found)
        return True

    def next_places(self) -> list[Place]:
        """Between what is known; none where that is near enough."""
        if self.low is None or self.is_exact or self.is_stuck:
            return []
        gap = self.high - self.low
        if gap <= max(GRAIN, (self.size - self.high) // 3):
            return []
        offsets = (self.low + gap * number // (AT_ONCE + 1) for number in range(1, AT_ONCE + 1))
        return [Place(offset // PROBE * PROBE, PROBE) for offset in offsets]

    def result(self) -> WindowStart:
        ends = self.ends and self.ends.replace(tzinfo=self.zone)
        if ends is None:
            sample = self.sample.decode("utf-8", "replace")
            return WindowStart(0, is_whole_file=True, understood=False, sample=sample)
        if self.low is None:
            return WindowStart(0, is_whole_file=True, first=self.first, ends=ends)
        return WindowStart(self.high if self.is_exact else self.low, is_whole_file=False, ends=ends)


def _back_from_the_end(size: int) -> list[Place]:
    """The end, the beginning, and between them places that are ever further apart."""
    if not size:
        return []
    tail = max(0, size - TAIL) // PROBE * PROBE
    places, reach = [Place(tail, TAIL + PROBE)], GRAIN
    while reach < size - PROBE:
        places.append(Place((size - reach) // PROBE * PROBE, PROBE))
        reach += reach // 4
    if tail:
        places.append(Place(0, PROBE))
    return places[::-1]


def _moments(found: list[tuple[int, Stamp]], later: datetime, zone: tzinfo) -> list[datetime]:
    moments: list[datetime] = []
    for _, stamp in reversed(found):
        later = stamp.at(later, zone)
        moments.append(later)
    return moments[::-1]
