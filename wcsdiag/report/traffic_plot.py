"""The latency of hooks over time as SVG that keeps its text size at any width."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from wcsdiag.hooks.exchange import Exchange, Outcome
from wcsdiag.hooks.traffic import Traffic
from wcsdiag.report.traffic_markup import Markup, tag
from wcsdiag.report.traffic_words import (
    Clock,
    chosen,
    counted,
    duration,
    elapsed,
    outside,
    result,
)

_TOP, _BOTTOM, _HEIGHT = 30.0, 230.0, 256.0
_LEFT, _RIGHT = 1.5, 98.5
_MOST_DOTS = 2000
_LOG_FROM = 30
_SHORTEST_S = 1e-6


@dataclass(frozen=True)
class Plot:
    """The drawing, and a sentence on what it shows and leaves out."""

    drawing: Markup
    caption: str


@dataclass(frozen=True)
class _Scale:
    """Seconds to a height in pixels."""

    low: float
    high: float
    is_log: bool = False

    def y(self, seconds: float) -> float:
        value, low, high = seconds, self.low, self.high
        if self.is_log:
            value, low, high = (math.log10(max(each, self.low)) for each in (value, low, high))
        share = (value - low) / (high - low)
        return round(_BOTTOM - min(max(share, 0.0), 1.0) * (_BOTTOM - _TOP), 1)

    def ticks(self) -> list[float]:
        if self.is_log:
            decades = round(math.log10(self.high / self.low))
            step = math.ceil(decades / 6)
            return [self.low * 10**power for power in range(0, decades + 1, step)]
        return [self.high * part / 4 for part in range(5)]


def latency_plot(traffic: Traffic) -> Plot | None:
    """None where no latency was measured."""
    marked = [each for each in traffic.exchanges if each.sent_at is not None and _is_shown(each)]
    measured = [seconds for each in marked if (seconds := _seconds(each)) is not None]
    if not measured:
        return None
    shown = chosen(marked, _MOST_DOTS)
    limit = traffic.limit_s if traffic.limit_s and math.isfinite(traffic.limit_s) else None
    scale = _scale(measured, limit)
    caption = _caption(traffic, len(shown), scale)
    drawing = tag(
        "svg",
        tag("title", "Latency of hooks over time", id="plot-title"),
        tag("desc", caption, id="plot-text"),
        *_limit(scale, limit),
        *_grid(scale),
        *_dots(shown, scale, Clock(traffic)),
        role="img",
        aria_labelledby="plot-title plot-text",
        width="100%",
        height=_HEIGHT,
        class_="plot",
    )
    return Plot(drawing, caption)


def _is_shown(exchange: Exchange) -> bool:
    return _seconds(exchange) is not None or exchange.outcome is Outcome.FAILED


def _seconds(exchange: Exchange) -> float | None:
    seconds = exchange.seconds
    return seconds if seconds is not None and math.isfinite(seconds) else None


def _scale(measured: Sequence[float], limit: float | None) -> _Scale:
    values = [max(each, _SHORTEST_S) for each in (*measured, *([limit] if limit else []))]
    low, high = min(values), max(values)
    if high / low >= _LOG_FROM:
        return _Scale(
            10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high)), is_log=True
        )
    power = 10 ** math.floor(math.log10(high))
    top = next(factor * power for factor in (1, 2, 4, 6, 8, 10) if factor * power >= high * 0.999)
    return _Scale(0.0, top)


def _caption(traffic: Traffic, shown: int, scale: _Scale) -> str:
    kind = "logarithmic" if scale.is_log else "linear"
    told = f"{shown:,} of {counted(traffic.count, 'hook')}; the scale is {kind}."
    if traffic.failed:
        told += " Crosses failed; those at the upper edge had no whole answer."
    return told


def _grid(scale: _Scale) -> Iterator[Markup]:
    for tick in scale.ticks():
        y = scale.y(tick)
        yield tag("line", x1="0%", x2="100%", y1=y, y2=y, class_="grid")
        yield tag("text", duration(tick) if tick else "0", x=0, y=y - 4, class_="quiet")


def _limit(scale: _Scale, limit: float | None) -> Iterator[Markup]:
    if limit is None:
        return
    y = scale.y(limit)
    said = f"limit for an answer: {duration(limit)}"
    yield tag("line", x1="0%", x2="100%", y1=y, y2=y, class_="limit")
    yield tag("text", said, x="100%", y=y - 4, text_anchor="end", class_="doubt")


def _dots(shown: Sequence[Exchange], scale: _Scale, clock: Clock) -> Iterator[Markup]:
    moments = [each.sent_at for each in shown if each.sent_at is not None]
    first, last = min(moments, key=_order), max(moments, key=_order)
    whole = elapsed(first, last) or 0.0
    for exchange in shown:
        since = elapsed(first, exchange.sent_at) or 0.0
        share = since / whole if whole else 0.5
        x = f"{_LEFT + share * (_RIGHT - _LEFT):.2f}%"
        yield _dot(exchange, x, scale, clock)
    yield from _time_labels(first, last, whole, clock)


def _dot(exchange: Exchange, x: str, scale: _Scale, clock: Clock) -> Markup:
    seconds = _seconds(exchange)
    y = _TOP - 16 if seconds is None else scale.y(seconds)
    said = [outside(exchange.method, 60), clock.time(exchange.sent_at), result(exchange)]
    title = tag("title", ", ".join([*said, duration(seconds)]).rstrip(", "))
    if exchange.outcome is Outcome.FAILED:
        cross = tag("path", title, d="M-4-4L4 4M-4 4L4-4", class_="bad cross")
        return tag("svg", cross, x=x, y=y, overflow="visible")
    return tag("circle", title, cx=x, cy=y, r=2.5, class_="dot")


def _time_labels(first: datetime, last: datetime, whole: float, clock: Clock) -> Iterator[Markup]:
    places = (
        [("0%", first, "start"), ("100%", last, "end")] if whole else [("50%", first, "middle")]
    )
    for x, moment, anchor in places:
        text = clock.moment(moment)
        yield tag("text", text, x=x, y=_BOTTOM + 20, text_anchor=anchor, class_="time")


def _order(moment: datetime) -> float:
    """Moments with and without a zone cannot be compared: by their own clock then."""
    return moment.replace(tzinfo=UTC).timestamp()
