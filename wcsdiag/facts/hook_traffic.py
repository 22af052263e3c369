"""The hooks that the log of a host holds, as traffic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.apps import Apps
from wcsdiag.facts.clock import HostClock
from wcsdiag.facts.expected import expected_of
from wcsdiag.facts.log_reading import FileWindow
from wcsdiag.facts.log_window import LogWindow, Window
from wcsdiag.hooks.collector import Expected, TrafficCollector
from wcsdiag.hooks.exchange import Source
from wcsdiag.hooks.traffic import Traffic
from wcsdiag.logs.exchanges import judged_unanswered
from wcsdiag.logs.order import in_order
from wcsdiag.model import Evidence, Unavailable
from wcsdiag.registry import fact
from wcsdiag.wcs.settings import Settings


@dataclass(frozen=True)
class HookTraffic:
    """The hooks in the log since the window's beginning.

    `path` is the log and `role` what it is: "the server's log". `begins` is from when on lines
    were read: later than `window.since` where a limit was met; the traffic's notes say whose.
    `is_complete` says that every hook since `begins` was read. Moments are aware.
    """

    traffic: Traffic
    window: Window
    path: str
    role: str
    begins: datetime
    is_complete: bool


@fact
def hook_traffic(
    access: HostAccess,
    log: LogWindow,
    clock: HostClock,
    apps: Apps | Unavailable,
    settings: Settings | Unavailable,
) -> HookTraffic:
    """What the window of the log says of hooks; it is read once, for errors and hooks alike."""
    file = log.hooks
    if not file.understood:
        raise Unavailable(
            f"{file.role} was not understood: no line begins with a time",
            because="LOG104",
            evidence=(Evidence(file.sample, f"host: {file.path}"),),
        )
    expected = expected_of(apps, settings)
    begins = file.hooks_begin or file.begins
    traffic = _collected(file, f"{access.host.name}: {file.path}", expected, clock, begins)
    is_complete = file.is_complete or file.hooks_begin is not None
    return HookTraffic(traffic, log.window, file.path, file.role, begins, is_complete)


def _collected(
    file: FileWindow, place: str, expected: Expected, clock: HostClock, begins: datetime
) -> Traffic:
    collector = TrafficCollector(Source.LOG, place, expected, zone=clock.zone_name)
    for exchange in in_order(file.exchanges, len(file.exchanges)):
        collector.add(judged_unanswered(exchange, file.ends, expected.limit_s))
    for contact in file.contacts:
        collector.add_contact(contact)
    for note in file.notes:
        collector.note(note)
    return collector.traffic(begins, file.ends)
