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
        p99, most = percentile(ordered, 99), ordered[-1]
        numbers = ", ".join(
            f"{name} {_ms(percentile(ordered, share))}"
            for name, share in (("p50", 50), ("p95", 95), ("p99", 99))
        )
        text = f"{len(ordered)} answers: {numbers}, max {_ms(most)}"
        if len(ordered) == 1:
            text = f"the answer took {_ms(most)}"
        if through_host:
            text += ", the way from here to the host and back included"
        if limit_s is None:
            return Remark(Tone.NOTE, _SUBJECT, f"{text}; WCS waits without limit")
        text += f"; {_share(p99, limit_s)}"
        if p99 < limit_s * _NEAR:
            return Remark(Tone.GOOD, _SUBJECT, text)
        mend = "Make the handler answer first and work later, or raise rest_request_timeout."
        return Remark(Tone.NOTE, _SUBJECT, f"{text}, which is near", mend)


def _share(p99: float, limit_s: float) -> str:
    share = p99 / limit_s
    text = f"{share:.1%}" if share >= 0.001 else "less than 0.1%"
    return f"p99 is {text} of rest_request_timeout ({limit_s:g} s)"


def percentile(ordered: list[float], share: float) -> float:
    """The smallest value that `share` percent do not exceed. `ordered` is not empty."""
    rank = math.ceil(len(ordered) * share / 100)
    return ordered[max(0, rank - 1)]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
