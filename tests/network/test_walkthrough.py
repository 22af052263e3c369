"""The walk-through tells what happens: its page is that of a run made now."""

from __future__ import annotations

import pytest

from tests.network.needs import require_network
from tests.network.walkthrough import PAGE, alike, fix_in, page


def test_the_page_is_current() -> None:
    require_network()
    assert page() == PAGE.read_text(encoding="utf-8"), "run `make walk-through` as root"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("03:16:36,120 ERROR", "23:59:59,001 ERROR"),
        ("a hook failed at 03:16:36: x", "a hook failed at 10:00:00: x"),
        (
            "0.1.0, 2026-11-23 03:16:45 UTC, 7.8 s, exit",
            "0.1.0, 2027-01-01 00:00:00 UTC, 12.5 s, exit",
        ),
    ],
)
def test_what_differs_from_run_to_run_is_made_alike(one: str, other: str) -> None:
    assert alike(one) == alike(other)


def test_a_report_without_one_command_is_no_fix() -> None:
    assert fix_in("  To do: this\n    nft add rule x\n") == "nft add rule x"
    with pytest.raises(AssertionError):
        fix_in("  To do: nothing\n")
