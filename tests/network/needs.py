"""What tests of the network need."""

from __future__ import annotations

from tests.network.network import lacking
from tests.support import require


def require_network() -> None:
    """Skip the test where no network can be built; with CI=true that is a failure."""
    problem = lacking()
    require(problem is None, problem or "")
