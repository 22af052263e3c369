"""The sequence diagram of hook traffic as SVG: an arrow per hook, and one back per answer."""

from __future__ import annotations

from collections.abc import Sequence

from wcsdiag.hooks.exchange import Exchange, Outcome
from wcsdiag.hooks.traffic import SequenceFault
from wcsdiag.report.traffic_markup import Markup, joined, tag
from wcsdiag.report.traffic_steps import Gap, Step
from wcsdiag.report.traffic_words import Clock, clipped, counted, duration, outside, result

_WIDTH = 360
_WCS, _WEB = 100, 336
_MIDDLE = (_WCS + _WEB) / 2
_HEAD = 30
_ROW = 46
_LONGEST_LABEL = 34


def sequence_diagram(name: str, rows: Sequence[Step | Gap], number: int, clock: Clock) -> Markup:
    """The rows from top to bottom. `number` makes the ids unique within a page."""
    height = _HEAD + _ROW * len(rows) + 8
    title, described = f"diagram-{number}-title", f"diagram-{number}-text"
    drawn = [_row(row, _HEAD + _ROW * place, clock) for place, row in enumerate(rows)]
    return tag(
        "svg",
        tag("title", f"Sequence of hooks: {name}", id=title),
        tag("desc", "; ".join(_in_words(row) for row in rows), id=described),
        _lane(_WCS, "WCS", height),
        _lane(_WEB, "web server", height),
        *drawn,
        role="img",
        aria_labelledby=f"{title} {described}",
        viewBox=f"0 0 {_WIDTH} {height}",
        class_="diagram",
    )


def _lane(x: float, name: str, height: float) -> Markup:
    anchor = "middle" if x == _WCS else "end"
    label = _label(x if x == _WCS else _WIDTH - 6, 14, name, "lane-name", anchor)
    return joined([tag("line", x1=x, y1=20, x2=x, y2=height, class_="lane"), label])


def _row(row: Step | Gap, top: float, clock: Clock) -> Markup:
    if isinstance(row, Gap):
        return _label(_MIDDLE, top + 26, f"{counted(row.count, 'more step')}", "quiet")
    if row.exchange is None:
        return _missing(row, top)
    return _seen(row, row.exchange, top, clock)


def _missing(step: Step, top: float) -> Markup:
    certain = all(fault.is_certain for fault in step.faults)
    kind = "bad" if certain else "doubt"
    said = "missing" if certain else "perhaps missing"
    y = top + 24
    return joined(
        [
            tag("line", x1=_WCS, y1=y, x2=_WEB, y2=y, class_=f"{kind} gone"),
            _head(_WEB, y, 1, kind),
            _label(_MIDDLE, y - 6, outside(step.method, _LONGEST_LABEL), f"name {kind}"),
            _label(_MIDDLE, y + 14, said, kind),
        ]
    )


def _seen(step: Step, exchange: Exchange, top: float, clock: Clock) -> Markup:
    failed = exchange.outcome is Outcome.FAILED
    unanswered = exchange.failure is not None or exchange.outcome is Outcome.UNKNOWN
    kind = "bad" if failed else "doubt" if step.faults or unanswered else "good"
    since = "" if step.since_s is None else f"{step.since_s:+.3f} s"
    said = [result(exchange), duration(exchange.seconds), *_kinds(step.faults)]
    words = clipped(", ".join(part for part in said if part), 44)
    pieces = [
        _label(6, top + 21, clock.time(exchange.sent_at), "time", "start"),
        _label(6, top + 35, since, "quiet", "start"),
        _label(_MIDDLE, top + 13, outside(exchange.method, _LONGEST_LABEL), "name"),
        _label(_MIDDLE, top + 32, words, kind if kind != "good" else "said"),
    ]
    if unanswered:
        pieces.append(_stopped(top + 18, kind))
    else:
        pieces += [_arrow(top + 18, 1, "hook"), _arrow(top + 37, -1, f"{kind} answer")]
    return joined(pieces)


def _arrow(y: float, direction: int, kind: str) -> Markup:
    line = tag("line", x1=_WCS, y1=y, x2=_WEB, y2=y, class_=kind)
    return joined([line, _head(_WEB if direction > 0 else _WCS, y, direction, kind)])


def _stopped(y: float, kind: str) -> Markup:
    """A hook that no answer came to: the arrow ends in a cross."""
    x = _WEB - 24
    cross = f"M{x - 5} {y - 5}L{x + 5} {y + 5}M{x - 5} {y + 5}L{x + 5} {y - 5}"
    line = tag("line", x1=_WCS, y1=y, x2=x, y2=y, class_=kind)
    return joined([line, tag("path", d=cross, class_=f"{kind} cross")])


def _head(x: float, y: float, direction: int, kind: str) -> Markup:
    back = x - 8 * direction
    return tag("path", d=f"M{x} {y}L{back} {y - 4}L{back} {y + 4}Z", class_=f"{kind} head")


def _label(x: float, y: float, text: str, kind: str, anchor: str = "middle") -> Markup:
    if not text:
        return Markup("")
    return tag("text", text, x=x, y=y, class_=kind, text_anchor=anchor)


def _kinds(faults: Sequence[SequenceFault]) -> list[str]:
    return list(dict.fromkeys(fault.fault.value for fault in faults))


def _in_words(row: Step | Gap) -> str:
    if isinstance(row, Gap):
        return counted(row.count, "more step")
    said = [result(row.exchange)] if row.exchange else []
    return f"{outside(row.method, 80)}: {', '.join(dict.fromkeys([*said, *_kinds(row.faults)]))}"
