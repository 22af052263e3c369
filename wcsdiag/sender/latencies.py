"""How long answers took, and how near that is to the limit of WCS."""

from __future__ import annotations

import math
from array import array

from wcsdiag.hooks.exchange import Exchange
from wcsdiag.sender.remarks import Remark, Tone

_NEAR = 2 / 3
_SUBJECT = "latency"


class Latencies:
    """Every latency of a sending, exact: eight bytes each."""

    def __init__(self) -> None:
        self._seconds = array("d")

    def add(self, exchange: Exchange) -> None:
        """One more, where the hook was answered."""
        if exchange.seconds is not None and exchange.failure is None:
            self._seconds.append(exchange.seconds)

    def remark(self, limit_s: float | None, *, through_host: bool) -> Remark | None:
        """The numbers against `rest_request_timeout`; None where nothing was answered."""
        if not self._seconds:
            return None
        ordered = sorted(self._seconds)
        named = {f"p{share}": percentile(ordered, share) for share in _shares(len(ordered))}
        named["max"] = ordered[-1]
        numbers = ", ".join(f"{name} {_ms(seconds)}" for name, seconds in named.items())
        text = f"{len(ordered)} answers: {numbers}"
        if len(ordered) == 1:
            text = f"the answer took {_ms(ordered[-1])}"
        if through_host:
            text += ", the way from here to the host and back included"
        if limit_s is None:
            return Remark(Tone.NOTE, _SUBJECT, f"{text}; WCS waits without limit")
        judged = "p99" if "p99" in named else "max"
        subject = "that" if len(ordered) == 1 else judged
        text += f"; {subject} is {_share(named[judged], limit_s)}"
        if named[judged] < limit_s * _NEAR:
            return Remark(Tone.GOOD, _SUBJECT, text)
        mend = "Make the handler answer first and work later, or raise rest_request_timeout."
        return Remark(Tone.NOTE, _SUBJECT, f"{text}, which is near", mend)


def _shares(count: int) -> tuple[int, ...]:
    """The percentiles that so many latencies can show: of fewer, each is the largest one."""
    return tuple(share for share, fewest in ((50, 2), (95, 20), (99, 100)) if count >= fewest)


def _share(seconds: float, limit_s: float) -> str:
    share = seconds / limit_s
    text = f"{share:.1%}" if share >= 0.001 else "less than 0.1%"
    return f"{text} of rest_request_timeout ({limit_s:g} s)"


def percentile(ordered: list[float], share: float) -> float:
    """The smallest value that `share` percent do not exceed. `ordered` is not empty."""
    rank = math.ceil(len(ordered) * share / 100)
    return ordered[max(0, rank - 1)]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
