"""The host's clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.wcs_machine import cases
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.clock import host_clock, parse_date
from wcsdiag.host.local import LocalHost
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Unavailable


@cases("date")
def test_date(printed: str, expected: str) -> None:
    time = parse_date(printed)

    told = "None"
    if time is not None:
        offset = time.zone.utcoffset(time.now.astimezone(time.zone).replace(tzinfo=None))
        resolution = time.resolution.total_seconds()
        told = f"{time.now.isoformat()} {time.zone_name} {offset} {resolution}"
    assert told == expected


def test_this_machine_agrees_with_itself_within_the_precision() -> None:
    clock = host_clock(HostAccess(LocalHost("localhost", Lifetime())))

    assert abs(clock.ahead) <= clock.precision


def test_a_host_that_lives_in_the_past_is_behind() -> None:
    host = RecordedHost(commands={"date...": "1000000000.5 +0000 UTC\n"})

    assert host_clock(HostAccess(host)).ahead < -timedelta(days=365)


def test_a_date_that_is_not_understood_is_unavailable() -> None:
    with pytest.raises(Unavailable) as raised:
        host_clock(HostAccess(RecordedHost(commands={"date...": "yesterday"})))

    assert raised.value.because == "HST108"
