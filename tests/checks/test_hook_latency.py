from __future__ import annotations

import pytest
from wcsdiag_checks.hook_latency import answers_well_in_time, pool_has_room

from tests.checks.hook_facts import APPS, hooks, nothing, numbers, said
from tests.checks.samples_url import GONE, TARGET, settings
from wcsdiag.facts.pool_counters import PoolCounters, PoolReading
from wcsdiag.model import CheckResult, Run, Status
from wcsdiag.testing import absent, judge
from wcsdiag.wcs.settings import Settings

WHERE = "host: http://127.0.0.1:8081/?action=stat"


@pytest.mark.parametrize(
    ("p95", "longest", "limit", "status"),
    [
        (0.006, 0.009, 10, Status.PASS),
        (6.6, 6.6, 10, Status.PASS),
        (6.7, 8.0, 10, Status.WARN),
        (0.006, 9.9, 10, Status.WARN),
        (14.0, 60.0, 0, Status.PASS),
    ],
    ids=["quick", "below two thirds", "p95 near", "one near", "no limit"],
)
def test_answers_are_held_against_the_limit(
    p95: float, longest: float, limit: int, status: Status
) -> None:
    known = settings(f"rest_request_timeout={limit}\n")
    traffic = hooks(numbers(p95=p95, longest=longest), numbers("call"))
    result = judge(answers_well_in_time, TARGET, traffic, known, APPS)
    assert result.status is status
    assert f"rest_request_timeout={limit}" in said(result)
    assert "p95 of connect" in said(result)


def test_the_default_limit_is_named_as_such() -> None:
    result = judge(answers_well_in_time, TARGET, hooks(numbers(p95=11.0)), settings(), APPS)
    assert result.status is Status.WARN
    assert "rest_request_timeout is not set: 15 s" in said(result)


def test_without_settings_nobody_knows_the_limit() -> None:
    result = judge(answers_well_in_time, TARGET, hooks(numbers()), absent(Settings, GONE), APPS)
    assert result.run is Run.SKIPPED


def test_where_nothing_was_answered_nothing_is_timed() -> None:
    for traffic in (nothing(), hooks(numbers(failed=20, p95=None, longest=None))):
        result = judge(answers_well_in_time, TARGET, traffic, settings(), APPS)
        assert result.run is Run.NOT_APPLICABLE


def pool(first: tuple[int, int, int], second: tuple[int, int, int]) -> CheckResult:
    counters = PoolCounters(PoolReading(*first), PoolReading(*second), 1.0, WHERE)
    return judge(pool_has_room, TARGET, counters)


def test_a_pool_with_room_passes_with_both_readings() -> None:
    result = pool((2, 98, 0), (3, 97, 0))
    assert result.status is Status.PASS
    assert "ports_rest_api_leased=2" in said(result)
    assert "ports_rest_api_leased=3" in said(result)


def test_hooks_that_wait_twice_for_a_pool_in_full_use_fail() -> None:
    result = pool((100, 0, 7), (100, 0, 31))
    assert result.status is Status.FAIL
    assert "7, then 31 hooks wait" in said(result)


def test_a_queue_that_is_gone_a_second_later_passes() -> None:
    assert pool((100, 0, 7), (60, 40, 0)).status is Status.PASS


def test_hooks_that_wait_beside_unused_connections_are_a_warning() -> None:
    assert pool((50, 50, 7), (50, 50, 9)).status is Status.WARN


def test_counters_that_cannot_be_had_are_not_judged() -> None:
    result = judge(pool_has_room, TARGET, absent(PoolCounters, GONE))
    assert result.run is Run.SKIPPED
