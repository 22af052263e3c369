"""Hooks as WCS logs them: a line for each as it ends, and all of them judged at the end."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wcsdiag.cli.deliver_traffic import deliver_traffic
from wcsdiag.cli.hook_lines import HookLines
from wcsdiag.cli.interrupts import LOOK_UP_S, Interrupts
from wcsdiag.cli.messages import tell
from wcsdiag.cli.on_host import could_not_tell, on_host
from wcsdiag.cli.options import TrafficOptions
from wcsdiag.cli.settings import TrafficOutput
from wcsdiag.cli.stream import write_line, write_out
from wcsdiag.cli.time_zones import Zone
from wcsdiag.errors import UsageError
from wcsdiag.facts.logs import stat_file
from wcsdiag.hooks.collector import Expected, TrafficCollector
from wcsdiag.hooks.exchange import Exchange, Source
from wcsdiag.host.interface import Host, HostError
from wcsdiag.lifetime import Lifetime
from wcsdiag.logs.follow import FollowReader
from wcsdiag.model import Unavailable
from wcsdiag.receiver.hook_site import SeenHook
from wcsdiag.report.interface import TrafficFormat

LONGEST = timedelta(days=1)
"""How long a log is followed where nobody ends it before."""

# From a byte on, so that nothing is missed that is written while tail starts.
_FOLLOW = "exec tail -c +%s -F -- %s"
_MOST_PIECES = 64


def follow_file(
    paths: Sequence[Path], zone: Zone, duration: timedelta | None, output: TrafficOutput
) -> int:
    """Follow a file of this machine. Raises `UsageError` where it cannot be read."""
    from wcsdiag.host.local import LocalHost

    if len(paths) != 1:
        raise UsageError("--follow follows one file")
    path = paths[0]
    try:
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{path}: {words}") from error
    lasts = duration or LONGEST
    lifetime = Lifetime(deadline_s=lasts.total_seconds() + 60)
    host = LocalHost("localhost", lifetime)
    try:
        followed = _Followed(
            host, str(path.absolute()), str(path), zone, datetime.now(UTC), Expected()
        )
        return followed.run(lasts, output)
    finally:
        lifetime.end()


def follow_on_host(
    options: TrafficOptions, duration: timedelta | None, output: TrafficOutput
) -> int:
    """Follow the log of the hooks on the host."""
    from wcsdiag.facts.access import HostAccess
    from wcsdiag.facts.apps import Apps
    from wcsdiag.facts.clock import HostClock
    from wcsdiag.facts.expected import expected_of
    from wcsdiag.facts.logs import ServerLog
    from wcsdiag.gathering import FactMissingError
    from wcsdiag.wcs.settings import Settings

    lasts = duration or LONGEST
    wanted = (HostAccess, ServerLog, HostClock, Apps, Settings)
    with on_host(options, wanted, goes_on_for=lasts) as known:
        try:
            host = known.facts.get(HostAccess).host
            log = known.facts.get(ServerLog).hooks
            clock = known.facts.get(HostClock)
            if not log.readable:
                tell(f"{log.role} cannot be read: {log.refusal} ({log.grant})")
                return 3
            expected = expected_of(known.facts.find(Apps), known.facts.find(Settings))
            zone = Zone(clock.zone, clock.zone_name)
            now = datetime.now(UTC) + clock.ahead
            followed = _Followed(
                host, log.path, f"{host.name}: {log.path}", zone, now, expected, root=log.needs_root
            )
            return followed.run(lasts, output)
        except (FactMissingError, HostError) as error:
            return could_not_tell(error)
        except Unavailable as error:
            return could_not_tell(FactMissingError(error))


class _Followed:
    """A log that is followed, from its start to what is shown of it."""

    def __init__(
        self,
        host: Host,
        path: str,
        place: str,
        zone: Zone,
        now: datetime,
        expected: Expected,
        *,
        root: bool = False,
    ) -> None:
        self._reader = FollowReader(zone.zone, now, path, expected.limit_s)
        self._ahead = now - datetime.now(UTC)
        self._zone = zone
        self._place = place
        self._lines = HookLines(write_line, zone=zone.zone)
        self._collector = TrafficCollector(Source.LOG, place, expected, zone=zone.name)
        self._began = now
        self._is_whole = True
        first = stat_file(host, path).size + 1
        self._command = host.start(_FOLLOW, str(first), path, root=root)

    def run(self, lasts: timedelta, output: TrafficOutput) -> int:
        """Until the time is over, the log is lost, or Ctrl-C."""
        shows = output.format is TrafficFormat.TEXT and output.file is None
        tell(
            f"following {self._place} ({self._zone.name}); Ctrl-C ends it and judges what was seen"
        )
        end = time.monotonic() + lasts.total_seconds()
        with Interrupts() as interrupts:
            try:
                while not interrupts.asked and time.monotonic() < end:
                    data = self._command.read(LOOK_UP_S)
                    if data == b"":
                        self._cut_short(_why_it_ended(self._command.error_text))
                        break
                    if data is None:
                        self._take(self._reader.tick(self._now()), shows=shows)
                    else:
                        self._take(self._reader.feed(data), shows=shows)
                self._take_rest(shows=shows)
            except HostError as error:
                self._cut_short(str(error))
            self._command.close()
            self._take(self._reader.finish(), shows=shows)
        for contact in self._reader.contacts:
            self._collector.add_contact(contact)
        if shows:
            write_out("\n")
        traffic = self._collector.traffic(self._began, self._now())
        return deliver_traffic(
            traffic, output, is_whole=self._is_whole, was_interrupted=interrupts.asked
        )

    def _take_rest(self, *, shows: bool) -> None:
        """What was written before the end and not read yet; the log may go on without a pause."""
        for _ in range(_MOST_PIECES):
            data = self._command.read(LOOK_UP_S)
            if not data:
                return
            self._take(self._reader.feed(data), shows=shows)

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def _take(self, exchanges: Iterable[Exchange], *, shows: bool) -> None:
        for exchange in exchanges:
            self._collector.add(exchange)
            if shows:
                self._lines.show(SeenHook(exchange))

    def _cut_short(self, note: str) -> None:
        self._is_whole = False
        self._collector.note(f"the log was not followed to the end: {note}")


def _why_it_ended(error_text: str) -> str:
    said = error_text.strip()[-300:]
    return f"tail ended: {said}" if said else "tail ended by itself, or the connection was lost"
