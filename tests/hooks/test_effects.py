"""What WCS does when a hook fails (wcs.md 3.5)."""

from __future__ import annotations

import pytest

from wcsdiag.hooks.effects import FAIL, LOG, effect_of_failure


def test_a_failed_connect_is_declined_whatever_rest_on_error_says() -> None:
    assert effect_of_failure("connect", LOG) == effect_of_failure("connect", FAIL)
    assert "declines" in effect_of_failure("Connect")


@pytest.mark.parametrize("method", ["call", "CallStatusEvent", "OnCallEvent", "noSuchMethod"])
def test_log_is_the_default_and_hides_the_failure(method: str) -> None:
    assert effect_of_failure(method) == effect_of_failure(method, "log")
    assert "only logs it and goes on" in effect_of_failure(method)


@pytest.mark.parametrize(
    ("method", "effect"),
    [
        ("publishStream", "stops"),
        ("streamStatusEvent", "ErrorEvent"),
        ("OnCallEvent", "403 FORBIDDEN"),
        ("noSuchMethod", "not documented"),
    ],
)
def test_fail_has_an_effect_by_kind(method: str, effect: str) -> None:
    assert effect in effect_of_failure(method, FAIL)
