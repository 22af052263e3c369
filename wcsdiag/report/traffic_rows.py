"""Aligned rows on a page, and the table of numbers of hook traffic."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from itertools import groupby

from wcsdiag.hooks.traffic import MethodNumbers, Traffic
from wcsdiag.report.page import Page
from wcsdiag.report.traffic_words import NO_APP, Clock, counted, duration, outside

_MOST_METHODS = 60
_WIDEST = 28

Row = Sequence[tuple[str, str]]


def add_rows(
    page: Page,
    rows: Sequence[Row],
    *,
    right: Collection[int],
    indent: int,
    spare: Sequence[int] = (),
) -> None:
    """Rows of styled cells, each column as wide as its widest cell; those in `right` flush right.

    A column that is empty in all rows is left out. Of those in `spare`, the first ones are left
    out where the page is too narrow.
    """
    width = max(map(len, rows), default=0)
    padded = [[*row, *[("", "")] * (width - len(row))] for row in rows]
    widths = [max(columns(row[number][0]) for row in padded) for number in range(width)]
    for number in spare:
        if indent + sum(each + 2 for each in widths if each) - 2 > page.width:
            widths[number] = 0
    for row in padded:
        pieces = []
        for number, (text, style) in enumerate(row):
            if not widths[number]:
                continue
            room = " " * (widths[number] - columns(text))
            before, after = (room, "") if number in right else ("", room)
            pieces += [(before, ""), (text, style), (f"{after}  ", "")]
        page.row(pieces, indent=indent)


def columns(text: str) -> int:
    """How many columns of a terminal the text takes: two for wide letters, none for accents."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )


def add_numbers(page: Page, traffic: Traffic) -> None:
    """The numbers of each app and REST method."""
    if not traffic.numbers:
        return
    page.blank()
    page.prose("Numbers", style="bold underline")
    shown = traffic.numbers[:_MOST_METHODS]
    unknown = "unknown" if any(each.unknown for each in shown) else ""
    again = "again" if any(each.sent_again for each in shown) else ""
    declined = "declined" if any(each.refused for each in shown) else ""
    titles = ["", "count", "failed", declined, unknown, again, "p50", "p95", "max", "last seen"]
    rows: list[Row] = [[(title, "dim") for title in titles]]
    for app_key, group in groupby(shown, lambda numbers: numbers.app_key):
        rows.append([(outside(app_key, _WIDEST) if app_key else NO_APP, "bold")])
        rows += [_row(numbers, traffic) for numbers in group]
    add_rows(page, rows, right=range(1, len(titles) - 1), indent=0, spare=(7, 9))
    if len(traffic.numbers) > len(shown):
        more = counted(len(traffic.numbers) - len(shown), "more REST method")
        page.prose(f"and {more}", style="dim")


def _row(numbers: MethodNumbers, traffic: Traffic) -> Row:
    return [
        (f"  {outside(numbers.method, _WIDEST)}", ""),
        (f"{numbers.count:,}", ""),
        (f"{numbers.failed:,}", "red" if numbers.failed else ""),
        (_unless_none(numbers.refused), "yellow"),
        (_unless_none(numbers.unknown), "yellow"),
        (_unless_none(numbers.sent_again), "yellow"),
        (duration(numbers.p50_s), ""),
        (duration(numbers.p95_s), ""),
        (duration(numbers.max_s), ""),
        (_last_seen(numbers, traffic), "dim"),
    ]


def _unless_none(count: int) -> str:
    return f"{count:,}" if count else ""


def _last_seen(numbers: MethodNumbers, traffic: Traffic) -> str:
    """The time of day alone where it was on the last day of the trace."""
    clock = Clock(traffic)
    clock.date(traffic.ended)
    date = clock.date(numbers.last_seen)
    return clock.moment(numbers.last_seen) if date else clock.time(numbers.last_seen)[:8]
