"""Latencies of any number of hooks in bounded memory."""

from __future__ import annotations

import math
from array import array
from collections import Counter

EXACT = 4096
"""So many latencies are kept as they are."""

NEAR = 2 / 3
"""The share of the limit from which on a latency counts as near to it."""

_RATIO = math.log(1.02)
_SHORTEST_S = 1e-6


class Latencies:
    """Percentiles by nearest rank: exact for up to 4,096 latencies, then within 1 percent.

    Beyond that they are counted in classes of which each is 2 percent wide. The longest is always
    exact. What is not a length of time, such as a negative one, is not counted.
    """

    __slots__ = ("_classes", "_count", "_exact", "longest")

    def __init__(self) -> None:
        self._exact: array[float] = array("d")
        self._classes: Counter[int] | None = None
        self._count = 0
        self.longest: float | None = None

    def add(self, seconds: float) -> None:
        """One more latency."""
        if not 0 <= seconds < math.inf:
            return
        self._count += 1
        if self.longest is None or seconds > self.longest:
            self.longest = seconds
        if self._classes is not None:
            self._classes[_class_of(seconds)] += 1
            return
        self._exact.append(seconds)
        if self._count > EXACT:
            self._classes = Counter(map(_class_of, self._exact))
            self._exact = array("d")

    def percentiles(self, *shares: float) -> tuple[float | None, ...]:
        """For each share, as 0.95, the latency that so many did not exceed; None of none."""
        if self.longest is None:
            return (None,) * len(shares)
        ranks = [max(1, math.ceil(share * self._count)) for share in shares]
        if self._classes is None:
            ordered = sorted(self._exact)
            return tuple(ordered[rank - 1] for rank in ranks)
        return tuple(self._of_rank(rank, self._classes) for rank in ranks)

    def _of_rank(self, rank: int, classes: Counter[int]) -> float | None:
        seen = 0
        for number in sorted(classes):
            seen += classes[number]
            if seen >= rank:
                return min(_middle_of(number), self.longest or 0.0)
        return self.longest


def is_near(seconds: float | None, limit_s: float | None) -> bool:
    """True from two thirds of the limit on. Without a limit nothing is near to it."""
    return seconds is not None and limit_s is not None and seconds >= limit_s * NEAR


def _class_of(seconds: float) -> int:
    return math.floor(math.log(max(seconds, _SHORTEST_S)) / _RATIO)


def _middle_of(number: int) -> float:
    return math.exp((number + 0.5) * _RATIO)
