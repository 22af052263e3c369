"""Reading a window of one log on the host: the file itself, and those it was rotated into."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from wcsdiag.facts.clock import HostClock
from wcsdiag.facts.log_part import NEWEST, Part, PartReader, clock
from wcsdiag.facts.log_rotation import RotatedReader
from wcsdiag.facts.logs import LogFile, stat_file
from wcsdiag.hooks.exchange import Exchange
from wcsdiag.hooks.traffic import Contact
from wcsdiag.host.interface import Host, HostError
from wcsdiag.logs.errors_seen import LoggedError
from wcsdiag.logs.excerpt import masked
from wcsdiag.logs.stretches import Understood, understand
from wcsdiag.wcs.rest_url import rest_url_behind

__all__ = ["NEWEST", "FileWindow", "read_window"]

_STILL_TRUE_S = 2.0
"""What was learned of a log so long ago need not be asked again."""


@dataclass(frozen=True)
class FileWindow:
    """What the lines of one log since `since` say. All moments are aware.

    `begins` is from when on lines were read: later than `since` where a limit was met, and then
    `notes` say whose. `ends` is the newest line's time. `answers` counts hooks that were answered;
    unless `is_complete`, in the newest part alone; `answered` is when the last one was, and
    `answered_urls` has that for each URL. Where not `understood`, no line began with a
    time, and `sample` is such text.

    `exchanges` are the hooks, in the order of their ends, known from `hooks_begin` on (None: from
    `begins`); where an end is not in the log its failure is NOT_SEEN. `contacts` are failures
    whose hook was logged before what was read.
    """

    path: str
    role: str
    since: datetime
    begins: datetime
    ends: datetime | None
    errors: tuple[LoggedError, ...] = ()
    answers: int = 0
    answered: datetime | None = None
    is_complete: bool = True
    understood: bool = True
    sample: str = ""
    notes: tuple[str, ...] = ()
    bytes_read: int = 0
    answered_urls: Mapping[str, datetime] = field(default_factory=dict)
    exchanges: tuple[Exchange, ...] = ()
    contacts: tuple[Contact, ...] = ()
    hooks_begin: datetime | None = None

    def answered_at(self, rest_url: str) -> datetime | None:
        """When the last hook to that REST URL was answered; None where none was seen."""
        moments = (
            at
            for url, at in self.answered_urls.items()
            if rest_url_behind(url, (rest_url,)) == rest_url
        )
        return max(moments, default=None)


def read_window(host: Host, log: LogFile, since: datetime, clock: HostClock) -> FileWindow:
    """The window of `log` since `since`. Raises `HostError` where the log cannot be read."""
    return _WindowReader(host, log, since, clock).window()


class _WindowReader:
    def __init__(self, host: Host, log: LogFile, since: datetime, host_clock: HostClock) -> None:
        self._host = host
        self._since = since
        self._clock = host_clock
        self._notes: list[str] = []
        self._log = self._as_it_is_now(log)

    def window(self) -> FileWindow:
        log, since = self._log, self._since
        reader = PartReader(self._host, log, log.modified, since, self._clock.zone)
        current = reader.part()
        if not current.understood:
            sample = masked(current.sample)
            return FileWindow(
                log.path,
                log.role,
                since,
                since,
                None,
                understood=False,
                sample=sample,
                notes=tuple(self._notes),
                bytes_read=current.bytes_read,
            )
        parts = [current, *self._rotated(current)]
        with ThreadPoolExecutor(1) as beside:
            now = beside.submit(self._size_now)
            understood = understand(
                (stretch for part in reversed(parts) for stretch in part.stretches),
                since,
            )
        if now.result() < log.size:
            self._notes.append(
                "the log was rotated while it was read: its newest lines may be missing"
            )
        return self._put_together(parts, understood)

    def _as_it_is_now(self, log: LogFile) -> LogFile:
        """The log's size and last change at this moment: it is written all the time."""
        if time.monotonic() - log.looked_at <= _STILL_TRUE_S:
            return log
        stat = stat_file(self._host, log.path)
        if stat.size < log.size:
            self._notes.append(
                f"the log became shorter before it was read: it was rotated ({log.size} bytes "
                f"before, {stat.size} now)"
            )
        return replace(log, size=stat.size, modified=stat.modified)

    def _rotated(self, current: Part) -> list[Part]:
        if current.begins is None or not current.is_first_line_seen:
            return []
        reader = RotatedReader(self._host, self._log, self._since, self._clock.zone)
        try:
            parts = list(reader.parts(current.begins))
        except HostError as error:
            parts = []
            self._notes.append(f"rotated files could not be read: {error}")
        self._notes += reader.notes
        oldest = parts[-1] if parts else current
        if oldest.begins is not None and oldest.is_first_line_seen:
            files = f"; {len(parts)} rotated files were read" if parts else ""
            self._notes.append(
                f"this log begins at {clock(oldest.begins)}{files}; what was logged before, if "
                "anything, is in rotated files that were not found"
            )
        return parts

    def _size_now(self) -> int:
        """-1 where the log has gone."""
        try:
            return stat_file(self._host, self._log.path).size
        except HostError:
            return -1

    def _put_together(self, parts: list[Part], understood: Understood) -> FileWindow:
        log, since = self._log, self._since
        for part in parts:
            self._notes += part.notes
        begins, hooks_begin = parts[-1].begins, parts[-1].hooks_begin
        if understood.omitted:
            hooks_begin = understood.exchanges[0].sent_at
        self._note_dates(parts, understood)
        seen = understood.seen
        limits = (part.begins for part in parts if not part.is_first_line_seen)
        return FileWindow(
            log.path,
            log.role,
            since,
            max(since, begins or since),
            parts[0].ends,
            seen.errors,
            seen.answers,
            seen.answered,
            not any(limits) and not understood.omitted and hooks_begin == begins,
            notes=tuple(dict.fromkeys(self._notes)),
            bytes_read=sum(part.bytes_read for part in parts),
            answered_urls=seen.answered_urls,
            exchanges=understood.exchanges,
            contacts=understood.contacts,
            hooks_begin=hooks_begin,
        )

    def _note_dates(self, parts: list[Part], understood: Understood) -> None:
        log, ends, zone = self._log, parts[0].ends, self._clock.zone
        if ends is not None and ends < self._since <= log.modified:
            self._notes.append(
                f"the newest line says {ends:%H:%M:%S}, the file was changed at "
                f"{log.modified.astimezone(zone):%H:%M:%S}: if WCS writes times of "
                "another zone than the host's, lines were taken for older than they are"
            )
        is_thinned = any(stretch.is_thinned for part in parts for stretch in part.stretches)
        if is_thinned and log.modified - self._since > timedelta(hours=20):
            self._notes.append(
                "lines carry no date: days are counted back from the file's last change, and a "
                "day without any error or hook may be missed"
            )
        if understood.omitted:
            self._notes.append(
                f"{understood.omitted} older hooks were read and not kept: wcsdiag keeps "
                f"{len(understood.exchanges)}"
            )
