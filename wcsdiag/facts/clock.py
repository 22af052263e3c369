"""The host's clock and time zone."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from wcsdiag.facts.access import HostAccess
from wcsdiag.host.interface import HostError
from wcsdiag.model import Unavailable
from wcsdiag.registry import fact

_COMMAND = """date '+%%s.%%N %%z %%Z'
cat /etc/timezone 2>/dev/null || readlink /etc/localtime"""

_DATE = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,9}))?\S* ([+-])([0-9]{2})([0-9]{2}) ?(\S*)")
_ZONE_NAME = re.compile(r"(?:.*/zoneinfo/)?([A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*)")


@dataclass(frozen=True)
class HostClock:
    """`ahead` is the host's time minus the operator's; its precision is that of one round trip.

    `zone` knows of summer time where the host names its zone, else it is the offset of today.
    """

    zone: tzinfo
    zone_name: str
    ahead: timedelta
    precision: timedelta = timedelta(seconds=1)


@dataclass(frozen=True)
class HostTime:
    """What the host said of its clock. `resolution` is a second where `date` has no fractions."""

    now: datetime
    zone: tzinfo
    zone_name: str
    resolution: timedelta


@fact
def host_clock(access: HostAccess) -> HostClock:
    """The host's `date`, held against the middle of the time that it took to answer."""
    asked = datetime.now(UTC)
    try:
        text = access.host.run(_COMMAND).text
    except HostError as error:
        raise Unavailable(
            f"The host's clock could not be read: {error}", because="HST108"
        ) from error
    answered = datetime.now(UTC)
    time = parse_date(text)
    if time is None:
        reason = f"The host's date was not understood: {text[:200]!r}"
        raise Unavailable(reason, because="HST108")
    half = (answered - asked) / 2
    # A clock without fractions stands still for a second: on average it is half of that behind.
    ahead = time.now + time.resolution / 2 - (asked + half)
    return HostClock(time.zone, time.zone_name, ahead, half + time.resolution / 2)


def parse_date(text: str) -> HostTime | None:
    """Read `SECONDS.NANOSECONDS +hhmm ZONE`, then the zone's name or a path into zoneinfo.

    busybox has no nanoseconds and leaves them out, or prints the format's letters in their place.
    """
    first, _, second = text.strip().partition("\n")
    found = _DATE.fullmatch(first.strip())
    if found is None:
        return None
    fraction = found[2]
    seconds = int(found[1]) + (int(fraction.ljust(9, "0")[:6]) / 1e6 if fraction else 0)
    offset = timedelta(hours=int(found[4]), minutes=int(found[5])) * (-1 if found[3] == "-" else 1)
    now = datetime.fromtimestamp(seconds, UTC)
    zone = _named_zone(second.strip(), now, offset) or timezone(offset)
    name = str(zone) if isinstance(zone, zoneinfo.ZoneInfo) else found[6] or str(zone)
    return HostTime(now, zone, name, timedelta(0) if fraction else timedelta(seconds=1))


def _named_zone(name: str, now: datetime, offset: timedelta) -> tzinfo | None:
    """The zone of that name, unless the host's own offset shows that it is not in effect."""
    found = _ZONE_NAME.fullmatch(name)
    if found is None:
        return None
    try:
        zone = zoneinfo.ZoneInfo(found[1])
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return zone if now.astimezone(zone).utcoffset() == offset else None
