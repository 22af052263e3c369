"""The tables of the page of hook traffic."""

from __future__ import annotations

from collections.abc import Sequence

from wcsdiag.hooks.exchange import Exchange, Outcome
from wcsdiag.hooks.traffic import MethodNumbers, Traffic
from wcsdiag.report.traffic_markup import Markup, tag
from wcsdiag.report.traffic_words import (
    NO_APP,
    Clock,
    chosen,
    counted,
    duration,
    outside,
    result,
    why_failed,
)

_MOST_METHODS = 200
_MOST_EXCHANGES = 300

_NUMBERS = (
    "App key|REST method|Count|Failed|Declined|Unknown|Sent again|p50|p95|p99|Max|Last seen|"
    "Failures"
)
_EXCHANGES = "Time|REST method|App key|Answer|Latency|Sent|Answered|URL, why it failed, place"


def numbers_table(traffic: Traffic) -> Markup:
    """A row for each app and REST method."""
    shown = traffic.numbers[:_MOST_METHODS]
    clock = Clock(traffic)
    more = len(traffic.numbers) - len(shown)
    caption = "Latencies are of answered hooks."
    if more:
        caption += f" {counted(more, 'more REST method')} not shown."
    return _table(
        "Numbers", caption, _NUMBERS.split("|"), range(2, 11), [_numbers(n, clock) for n in shown]
    )


def exchanges_table(traffic: Traffic) -> Markup:
    """A row for each exchange: failed ones before others where not all have room."""
    shown = chosen(traffic.exchanges, _MOST_EXCHANGES)
    clock = Clock(traffic)
    caption = f"{len(shown):,} of {counted(traffic.count, 'exchange')}."
    if len(shown) < traffic.count:
        caption += " Failed ones are shown before others."
    rows = [_exchange(each, clock) for each in shown]
    return _table("Exchanges", caption, _EXCHANGES.split("|"), range(4, 7), rows)


def _table(
    name: str, caption: str, titles: Sequence[str], numeric: range, rows: Sequence[Markup]
) -> Markup:
    heads = [
        tag("th", title, scope="col", class_="number" if number in numeric else None)
        for number, title in enumerate(titles)
    ]
    table = tag(
        "table", tag("caption", caption), tag("thead", tag("tr", *heads)), tag("tbody", *rows)
    )
    return tag("div", table, class_="scroll", role="region", aria_label=name, tabindex="0")


def _numbers(numbers: MethodNumbers, clock: Clock) -> Markup:
    failures = ", ".join(f"{outside(reason)} ({count:,})" for reason, count in numbers.failures)
    kind = "number bad" if numbers.failed else "number"
    latencies = (numbers.p50_s, numbers.p95_s, numbers.p99_s, numbers.max_s)
    return tag(
        "tr",
        tag("td", outside(numbers.app_key) if numbers.app_key else NO_APP, class_="app"),
        tag("th", outside(numbers.method), scope="row"),
        tag("td", f"{numbers.count:,}", class_="number"),
        tag("td", f"{numbers.failed:,}", class_=kind),
        tag("td", f"{numbers.refused:,}", class_="number"),
        tag("td", f"{numbers.unknown:,}", class_="number"),
        tag("td", f"{numbers.sent_again:,}", class_="number"),
        *(tag("td", duration(each), class_="number") for each in latencies),
        tag("td", clock.moment(numbers.last_seen), class_="word"),
        tag("td", failures),
    )


def _exchange(exchange: Exchange, clock: Clock) -> Markup:
    failed = exchange.outcome is Outcome.FAILED
    date, when = clock.date(exchange.sent_at), clock.time(exchange.sent_at)
    url = tag("p", outside(exchange.url, 1000))
    why = tag("p", why_failed(exchange), class_="bad") if failed else ""
    place = tag("p", outside(exchange.place), class_="quiet") if exchange.place else ""
    kind = "bad" if failed else "doubt" if exchange.outcome is Outcome.UNKNOWN else None
    return tag(
        "tr",
        tag("td", tag("p", date) if date else "", when, class_="word"),
        tag("th", outside(exchange.method), scope="row"),
        tag("td", outside(exchange.app_key) if exchange.app_key else NO_APP, class_="app"),
        tag("td", result(exchange), class_=kind),
        tag("td", duration(exchange.seconds), class_="number"),
        tag("td", _size(exchange.request_bytes), class_="number"),
        tag("td", _size(exchange.answer_bytes), class_="number"),
        tag("td", url, why, place, class_="long"),
    )


def _size(count: int | None) -> str:
    return "" if count is None else f"{count:,} B"
