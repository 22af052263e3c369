"""Hook traffic as a page: whole, closed to the network, and true to what it was given."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.report.traffic_samples import (
    ALL,
    CONNECTION,
    EMPTY,
    HEALTHY,
    NASTY,
    UNHEALTHY,
    exchange,
    hostile,
    huge,
)
from wcsdiag.hooks.exchange import Failure
from wcsdiag.hooks.traffic import Traffic
from wcsdiag.report.traffic_html import TrafficHtmlRenderer
from wcsdiag.report.visible import visible_line

SAMPLES = pytest.mark.parametrize("traffic", ALL.values(), ids=ALL)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
TAGS = frozenset(
    {"html", "head", "meta", "title", "style", "body", "header", "main", "section", "details"}
    | {"h1", "h2", "h3", "p", "span", "b", "ul", "li", "div", "summary", "figure", "figcaption"}
    | {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    | {"svg", "desc", "line", "path", "text", "circle"}
)


class Page(HTMLParser):
    """Tags with their attributes, the text outside of the style sheet, and what is not closed."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.style = ""
        self.open: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.style += data
        else:
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def page_of(traffic: Traffic) -> Page:
    return Page(TrafficHtmlRenderer().render(traffic))


@SAMPLES
def test_every_tag_is_known_and_closed(traffic: Traffic) -> None:
    page = page_of(traffic)

    assert page.open == []
    assert {tag for tag, _ in page.tags} <= TAGS


@SAMPLES
def test_nothing_can_run_or_be_loaded(traffic: Traffic) -> None:
    page = page_of(traffic)

    names = {name for _, attributes in page.tags for name in attributes}
    assert not names & {"src", "href", "style", "srcset", "action", "data", "xlink:href"}
    assert not [name for name in names if name.startswith("on")]
    assert not re.search(r"url\(|@import|http|<", page.style)
    assert {"http-equiv": "Content-Security-Policy", "content": POLICY} in page.all("meta")


@SAMPLES
def test_the_page_is_named_and_its_parts_are_told_to_a_screen_reader(traffic: Traffic) -> None:
    page = page_of(traffic)

    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(head.get("scope") in {"row", "col"} for head in page.all("th"))
    for drawing in page.all("svg"):
        if "role" in drawing:
            assert set((drawing["aria-labelledby"] or "").split()) <= set(ids)


def test_text_from_outside_stands_on_the_page_as_it_was() -> None:
    page = page_of(hostile(NASTY))

    assert visible_line(NASTY) in page.texts
    assert not set("\x00\x07\x1b\x9b\ud800\u202e") & set("".join(page.texts))


def test_the_verdict_comes_first_and_what_is_wrong_next() -> None:
    text = "\n".join(page_of(UNHEALTHY).texts)

    places = [text.index(word) for word in ("UNHEALTHY\n", "What is wrong", "Numbers", "Notes")]
    assert places == sorted(places)


def test_given_healthy_traffic_then_nothing_is_said_to_be_wrong() -> None:
    texts = page_of(HEALTHY).texts

    assert "HEALTHY" in texts
    assert "What is wrong" not in texts


def test_given_no_traffic_then_the_page_says_so_alone() -> None:
    page = page_of(EMPTY)

    assert "COULD NOT TELL" in page.texts
    assert page.all("table") == page.all("svg") == []


def test_missing_and_failed_steps_are_marked_in_the_diagram() -> None:
    page = page_of(UNHEALTHY)

    kinds = [line.get("class") for line in page.all("line")]
    assert kinds.count("bad gone") == 1
    assert "CallStatusEvent" in page.texts
    assert "refused, failed" in page.texts


def test_broken_sessions_are_unfolded_and_whole_ones_folded() -> None:
    assert ["open" in each for each in page_of(UNHEALTHY).all("details")] == [True, False, False]


def test_latencies_are_dots_and_failures_are_crosses() -> None:
    page = page_of(UNHEALTHY)

    crosses = [path for path in page.all("path") if path.get("d") == "M-4-4L4 4M-4 4L4-4"]
    assert (len(page.all("circle")), len(crosses)) == (4, 2)
    assert "limit for an answer: 15.0 s" in page.texts


def test_there_is_no_line_for_a_limit_that_is_not_known() -> None:
    page = page_of(replace(UNHEALTHY, limit_s=None))

    assert not [line for line in page.all("line") if line.get("class") == "limit"]


def test_there_is_no_plot_without_a_latency() -> None:
    unseen = tuple(replace(each, seconds=None, failure=Failure.NOT_SEEN) for each in CONNECTION)

    page = page_of(replace(HEALTHY, exchanges=unseen))

    assert "Latency of hooks over time" not in "".join(page.texts)
    assert page.all("circle") == []


@pytest.mark.parametrize(("longest", "kind"), [(0.01, "linear"), (9.0, "logarithmic")])
def test_the_scale_is_logarithmic_where_the_range_asks_for_it(longest: float, kind: str) -> None:
    exchanges = (exchange(seconds=0.005), exchange(after_s=1, seconds=longest))
    page = page_of(replace(HEALTHY, exchanges=exchanges, limit_s=None))

    assert any(f"the scale is {kind}" in text for text in page.texts)
    heights = [float(dot["cy"] or 0) for dot in page.all("circle")]
    assert heights[0] > heights[1] >= 30


def test_a_huge_trace_stays_a_page_that_a_browser_can_show() -> None:
    many = tuple(exchange("connect", number / 100) for number in range(20_000))
    document = TrafficHtmlRenderer().render(replace(huge(), exchanges=many))
    page = Page(document)

    assert len(document) < 2_000_000
    assert len(page.all("circle")) == 2_000
    assert len(page.all("tr")) < 600
    assert "300 of 120,000 exchanges. Failed ones are shown before others." in page.texts
    assert "and 49,988 more sessions" in page.texts


def test_failed_hooks_are_shown_before_others_where_not_all_have_room() -> None:
    good = tuple(exchange("connect", number) for number in range(900))
    bad = exchange("hangup", 450.5, failure=Failure.RESET, seconds=None)
    page = page_of(replace(HEALTHY, exchanges=(*good[:451], bad, *good[451:])))

    assert "300 of 901 exchanges. Failed ones are shown before others." in page.texts
    assert page.texts.count("hangup") >= 1
    assert "reset" in page.texts
