"""What the tests of the sender share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from wcsdiag.lifetime import Lifetime


@pytest.fixture
def lifetime() -> Iterator[Lifetime]:
    """A run's time, ended with the test."""
    whole = Lifetime(timeout_s=3, deadline_s=60)
    yield whole
    whole.end()
