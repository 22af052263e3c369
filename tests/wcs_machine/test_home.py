"""The survey's directories."""

from __future__ import annotations

from tests.wcs_machine import cases
from wcsdiag.wcs.home import HomeCandidate, parse_homes


@cases("homes")
def test_homes(printed: str, expected: str) -> None:
    lines = [line for home in parse_homes(printed) for line in _lines(home)]

    assert "\n".join(lines) == expected


def _lines(home: HomeCandidate) -> list[str]:
    first = (
        f"{'wcs' if home.is_wcs else 'no'} {home.path} real={home.real} exists={home.exists} "
        f"closed={home.closed} version={home.version}"
    )
    return [first, *(f"{path} {when.isoformat()}" for path, when in home.modified.items())]
