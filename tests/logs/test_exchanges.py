"""Exchanges from records: the cases are files, `NAME.log` and what it holds in `NAME.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wcsdiag.hooks.exchange import Exchange, Failure, Outcome
from wcsdiag.hooks.traffic import Contact
from wcsdiag.logs.dates import Dater, beginning
from wcsdiag.logs.exchanges import UNANSWERED, ExchangeReader, judged_unanswered
from wcsdiag.logs.order import in_order
from wcsdiag.logs.records import parse, stamps_backwards
from wcsdiag.logs.sieve import HookSieve

CASES = sorted((Path(__file__).parent / "cases" / "exchanges").glob("*.log"))
NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
BLOCK = (
    "10:00:%02d,%03d INFO  RestClient - t-%d %s\nURL:http://web/%s\nOBJECT:\n"
    '{\n  "appKey" : "a",\n  "sessionId" : "s"\n}\n'
)


def read(data: bytes, reader: ExchangeReader | None = None) -> list[Exchange]:
    """The exchanges, as a reader of a whole file finds them."""
    reader = reader or ExchangeReader("case.log", 15)
    first = beginning(stamps_backwards(data), NOW, UTC)
    records = Dater(first or NOW, UTC).date(parse(data).records)
    return [*reader.feed(records), *reader.finish()]


def sieved(data: bytes, size: int) -> list[Exchange]:
    """The same through the sieve, in pieces of `size` bytes."""
    reader, sieve = ExchangeReader("case.log", 15), HookSieve()
    dater = Dater(beginning(stamps_backwards(data), NOW, UTC) or NOW, UTC)
    found: list[Exchange] = []
    for begin in range(0, len(data), size):
        found += reader.feed(dater.date(sieve.feed(data[begin : begin + size])))
    found += reader.feed(dater.date(sieve.flush()))
    return [*found, *reader.finish()]


def as_data(seen: Exchange | Contact, wanted: dict[str, object]) -> dict[str, object]:
    names = {name: getattr(seen, name) for name in wanted}
    if "failure" in names and names["failure"] is not None:
        names["failure"] = names["failure"].name
    if "outcome" in names:
        names["outcome"] = names["outcome"].value
    return names


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_log_gives_its_exchanges(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text())
    reader = ExchangeReader("case.log", 15)
    found = read(path.read_bytes(), reader)
    for exchange, wanted in zip(found, expected["exchanges"], strict=True):
        assert as_data(exchange, wanted) == wanted
    for contact, wanted in zip(reader.contacts, expected.get("contacts", []), strict=True):
        assert as_data(contact, wanted) == wanted


@pytest.mark.parametrize("size", [1, 7, 100, 1 << 20])
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_log_in_pieces_gives_the_same(path: Path, size: int) -> None:
    data = path.read_bytes()
    whole = [(each.method, each.seconds, each.status, each.place) for each in read(data)]
    pieces = [(each.method, each.seconds, each.status, each.place) for each in sieved(data, size)]
    assert pieces == whole


def test_a_hook_without_end_failed_only_where_the_log_goes_on_for_longer_than_wcs_waits() -> None:
    data = (BLOCK % (0, 0, 1, "SEND REST OBJECT ==>", "connect")).encode()
    (exchange,) = read(data)
    assert exchange.outcome is Outcome.UNKNOWN
    assert exchange.sent_at is not None
    later = exchange.sent_at + timedelta(seconds=20)
    failed = judged_unanswered(exchange, later, 15)
    assert failed.outcome is Outcome.FAILED
    assert failed.failure is Failure.OTHER
    assert (failed.error or "").startswith(UNANSWERED)
    assert judged_unanswered(exchange, later, 30).outcome is Outcome.UNKNOWN
    assert judged_unanswered(exchange, later, None).outcome is Outcome.UNKNOWN


def test_a_hook_that_waits_too_long_is_given_up_while_the_log_goes_on() -> None:
    sent = BLOCK % (0, 0, 1, "SEND REST OBJECT ==>", "connect")
    data = f"{sent}10:05:00,000 INFO x goes on\n".encode()
    reader = ExchangeReader("case.log", 15)
    dater = Dater(NOW.replace(hour=10), UTC)
    (exchange,) = reader.feed(dater.date(parse(data).records))
    assert exchange.failure is Failure.OTHER


EXCEPTION = (
    "10:%02d:%02d,000 ERROR RestClient - t-%d Got exception in REST \n"
    "java.net.ConnectException: Connection refused\n"
)


def test_a_failure_is_counted_once_though_the_hook_was_given_up_before() -> None:
    sent = BLOCK % (0, 0, 1, "SEND REST OBJECT ==>", "connect")
    goes_on = "10:05:00,000 INFO x goes on\n"
    reader = ExchangeReader("case.log", 15)
    late, again = EXCEPTION % (6, 0, 1), EXCEPTION % (7, 0, 1)
    assert len(read(f"{sent}{goes_on}{late}".encode(), reader)) == 1
    assert reader.contacts == ()
    read(again.encode(), reader)
    assert len(reader.contacts) == 1


def test_a_later_file_that_begins_earlier_keeps_its_hooks_and_their_failures_together() -> None:
    cases = CASES[0].parent
    reader = ExchangeReader("core.log", 15)
    found = read((cases / "core.log").read_bytes(), reader)
    found += read((cases / "failures.log").read_bytes(), reader)
    alone = read((cases / "failures.log").read_bytes())
    assert [each.error for each in found[1:]] == [each.error for each in alone]
    assert reader.contacts == ()


def test_hooks_that_were_sent_before_the_window_are_left_out() -> None:
    data = "".join(
        BLOCK % (second, 0, 1, marker, "connect")
        for second in (0, 10)
        for marker in ("SEND REST OBJECT ==>", "RECEIVED REST OBJECT <==")
    ).encode()
    since = NOW.replace(hour=10, second=5)
    assert len(read(data, ExchangeReader("case.log", 15, since))) == 1


def test_open_hooks_are_bounded() -> None:
    blocks = (BLOCK % (0, 0, n, "SEND REST OBJECT ==>", "connect") for n in range(10_500))
    reader = ExchangeReader("case.log", None)
    dater = Dater(NOW.replace(hour=10), UTC)
    early = list(reader.feed(dater.date(parse("".join(blocks).encode()).records)))
    assert len(early) == 500
    assert len(list(reader.finish())) == 10_000


def test_a_line_of_ten_megabytes_hides_no_hook_around_it() -> None:
    before = BLOCK % (0, 0, 1, "SEND REST OBJECT ==>", "connect")
    after = BLOCK % (0, 9, 1, "RECEIVED REST OBJECT <==", "connect")
    giant = "10:00:00,001 INFO  RestClient - t-2 REST OBJECT " + "x" * (10 << 20) + "\n"
    (exchange,) = sieved(f"{before}{giant}{after}".encode(), 1 << 16)
    assert exchange.seconds == 0.009


def test_exchanges_come_in_the_order_in_which_they_were_sent() -> None:
    data = "".join(
        [
            BLOCK % (0, 0, 1, "SEND REST OBJECT ==>", "connect"),
            BLOCK % (1, 0, 2, "SEND REST OBJECT ==>", "call"),
            BLOCK % (1, 5, 2, "RECEIVED REST OBJECT <==", "call"),
            BLOCK % (2, 0, 1, "RECEIVED REST OBJECT <==", "connect"),
        ]
    ).encode()
    assert [each.method for each in read(data)] == ["call", "connect"]
    assert [each.method for each in in_order(read(data))] == ["connect", "call"]


REAL = b"".join(path.read_bytes() for path in CASES)
LINES = REAL.split(b"\n")


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Lines of the cases, in any order, with bytes changed and lines cut."""
    lines = draw(st.lists(st.sampled_from(LINES), max_size=60))
    data = bytearray(b"\n".join(lines))
    for _ in range(draw(st.integers(0, 8)) if data else 0):
        at = draw(st.integers(0, len(data) - 1))
        data[at] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))])


@given(mutated() | st.binary(max_size=1000), st.integers(1, 300))
@settings(max_examples=300, deadline=None)
def test_counts_add_up_whatever_the_log_holds(data: bytes, size: int) -> None:
    for found in (read(data), sieved(data, size)):
        assert len(found) <= data.count(b"REST OBJECT")
        for exchange in found:
            assert exchange.url
            assert exchange.seconds is None or exchange.seconds >= 0
        assert list(_outcomes(found)) == [each.outcome for each in found]


def _outcomes(found: list[Exchange]) -> Iterator[Outcome]:
    for each in found:
        if each.failure is Failure.NOT_SEEN:
            yield Outcome.UNKNOWN
        elif each.error is not None:
            yield Outcome.FAILED
        else:
            yield Outcome.ANSWERED
