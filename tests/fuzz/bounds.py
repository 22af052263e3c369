"""How much is tried, and that a run tries the same as the one before it."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def tried(examples: int) -> settings:
    """A decorator: so many examples, the same in each run; a failure prints how to repeat it."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
