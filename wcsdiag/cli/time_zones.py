"""Time zones, as the operator names them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from wcsdiag.errors import UsageError


@dataclass(frozen=True)
class Zone:
    """A time zone and how it is called."""

    zone: tzinfo
    name: str


def local_zone(name: str | None = None) -> Zone:
    """The zone of that name; without one, this machine's. Raises `UsageError`."""
    import zoneinfo

    if name is None:
        return _machine_zone()
    try:
        return Zone(zoneinfo.ZoneInfo(name), name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        hint = "a name such as Europe/Berlin or UTC"
        raise UsageError(
            f"--zone: {name!r} is not a time zone that is known here: {hint}"
        ) from error


def _machine_zone() -> Zone:
    """By its name where the system tells it, so that it knows of summer time."""
    import zoneinfo

    try:
        target = str(Path("/etc/localtime").readlink())
        name = target.partition("zoneinfo/")[2]
        return Zone(zoneinfo.ZoneInfo(name), name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        zone = datetime.now().astimezone().tzinfo or UTC
        return Zone(zone, str(zone))
