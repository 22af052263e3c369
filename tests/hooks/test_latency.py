"""Percentiles of any number of latencies."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wcsdiag.hooks.latency import EXACT, Latencies, is_near


def of(latencies: list[float]) -> Latencies:
    made = Latencies()
    for seconds in latencies:
        made.add(seconds)
    return made


def test_none_have_none() -> None:
    assert of([]).percentiles(0.5, 0.95) == (None, None)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=200), st.floats(0.01, 1))
def test_of_few_a_percentile_is_exact(latencies: list[float], share: float) -> None:
    made = of(latencies)
    rank = max(1, math.ceil(share * len(latencies)))
    assert made.percentiles(share) == (sorted(latencies)[rank - 1],)
    assert made.longest == max(latencies)


def test_of_many_a_percentile_is_within_one_percent() -> None:
    latencies = [0.001 * 1.0005**n for n in range(EXACT * 5)]
    for share, found in zip(
        (0.5, 0.95, 0.99), of(latencies).percentiles(0.5, 0.95, 0.99), strict=True
    ):
        exact = latencies[math.ceil(share * len(latencies)) - 1]
        assert found == pytest.approx(exact, rel=0.0101)


@pytest.mark.parametrize("seconds", [-1.0, math.inf, math.nan])
def test_what_is_no_length_of_time_is_not_counted(seconds: float) -> None:
    assert of([seconds]).longest is None


@pytest.mark.parametrize(
    ("seconds", "limit", "near"),
    [(10.0, 15.0, True), (9.9, 15.0, False), (None, 15.0, False), (100.0, None, False)],
)
def test_near_the_limit_is_two_thirds_of_it(
    seconds: float | None, limit: float | None, near: bool
) -> None:
    assert is_near(seconds, limit) is near
