"""Whatever a file of hooks holds: the same in any pieces, and never more than a note."""

from __future__ import annotations

import contextlib
import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.build import pcap
from tests.capture.page import page_packets
from tests.fuzz.bounds import tried
from wcsdiag.cli.traces import hooks_in
from wcsdiag.errors import UsageError
from wcsdiag.hooks.collector import TrafficCollector
from wcsdiag.hooks.exchange import Exchange, Source
from wcsdiag.lab.log_writer import hook_log
from wcsdiag.lab.scenario import LabApp, Scenario
from wcsdiag.logs.follow import FollowReader
from wcsdiag.receiver.recorded_line import BadLineError, exchange_of, line_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
APPS = (LabApp(url="http://web.example:9091/hooks"),)
LOGS = [
    hook_log(Scenario(version=version), APPS, NOON).encode() for version in ("5.2.100", "5.0.3000")
]
CAPTURE = pcap(page_packets("connection"))
RECORDING = (
    b'{"format": "wcsdiag-recording", "version": 1, "secrets": "masked"}\n'
    b'{"method": "connect", "url": "http://x/connect", "request_text": "{}", "status": 200}\n'
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "hooks"


@tried(150)
@given(
    st.sampled_from([*(log[:6_000] for log in LOGS), CAPTURE, RECORDING]),
    st.lists(st.tuples(st.integers(0, 6_000), st.binary(max_size=6)), max_size=8),
    st.integers(0, 6_000),
)
def test_a_damaged_file_of_any_kind_is_read_or_refused(
    file: Path, data: bytes, changes: list[tuple[int, bytes]], length: int
) -> None:
    damaged = bytearray(data)
    for place, instead in changes:
        damaged[place % len(damaged) : place % len(damaged) + len(instead)] = instead
    file.write_bytes(bytes(damaged[: max(1, length)]))
    notes: list[str] = []
    collector = TrafficCollector(Source.PROBE, "file")
    with contextlib.suppress(UsageError):
        for exchange in hooks_in(file, notes.append):
            collector.add(exchange)
    assert collector.traffic().count <= len(data) // 20
    assert all(note and len(note) < 2_000 for note in notes)


@tried(40)
@given(st.sampled_from(LOGS), st.lists(st.integers(0, 20_000), max_size=20))
def test_a_log_that_grows_in_any_pieces_holds_the_same_hooks(log: bytes, places: list[int]) -> None:
    whole = _followed([log])
    assert len(whole) > 10
    edges = [0, *sorted({place % len(log) for place in places}), len(log)]
    assert _followed([log[a:b] for a, b in itertools.pairwise(edges)]) == whole


def _followed(pieces: list[bytes]) -> list[Exchange]:
    reader = FollowReader(UTC, NOON - timedelta(hours=2))
    found = [exchange for piece in pieces for exchange in reader.feed(piece)]
    return [*found, *reader.finish()]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
FIELDS = ("method", "url", "sent_at", "status", "seconds", "failure", "request_text", "error")


@tried(300)
@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), JSON, max_size=8))
def test_a_line_of_a_recording_is_an_exchange_that_can_be_written_again(
    line: dict[str, object],
) -> None:
    # JSON of other programs may hold NaN; Python writes and reads it as it is.
    with contextlib.suppress(BadLineError):
        exchange = exchange_of(json.dumps(line).encode(), "r, line 2")
        again = exchange_of(line_of(exchange, keep_secrets=True).encode(errors="replace"), "r")
        assert (again.method, again.status) == (exchange.method, exchange.status)
        TrafficCollector(Source.RECORDING, "r").add(exchange)
