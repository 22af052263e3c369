"""Reading a window of one log on the host: never the whole of a large one.

A window of up to 2 MiB is read. A larger one is thinned out on the host by `grep`, and where that
cannot be had, its newest part is read. Every limit that was met is put into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wcsdiag.facts.clock import HostClock
from wcsdiag.facts.logs import LogFile
from wcsdiag.host.interface import DEFAULT_LIMIT, CommandResult, Host, HostError, HostFailure
from wcsdiag.logs.dates import DatedRecord, date_backwards
from wcsdiag.logs.errors_seen import LoggedError, look
from wcsdiag.logs.excerpt import masked
from wcsdiag.logs.records import LINE_LIMIT, ParsedLog, parse
from wcsdiag.logs.window import find_window
from wcsdiag.wcs.rest_url import rest_url_behind

MIB = 1 << 20
WHOLE = 2 * MIB
NEWEST = 4 * MIB
FILTERED = 4 * MIB
SEARCHED = 512 * MIB
TAIL = MIB // 4

# One superset of literals; what they mean is understood here. Context: the first line of a record
# before an exception, its stack trace after it. The newest output is kept where there is too much;
# lines are cut before that, or one giant line would push out all others and lose its own time.
_GREP = (
    "tail -c +%s -- %s | LC_ALL=C grep -a -F -B 2 -A 20 "
    "-e ERROR -e FATAL -e SEVERE -e WARN -e xception -e Error | LC_ALL=C cut -b -%s | tail -c %s"
)


@dataclass(frozen=True)
class FileWindow:
    """What the lines of one log since `since` say. All moments are aware.

    `begins` is from when on lines were read: later than `since` where a limit was met, and then
    `notes` say whose. `ends` is the newest line's time. `answers` counts hooks that were answered;
    unless `is_complete`, in the newest part alone; `answered` is when the last one was, and
    `answered_urls` has that for each URL. Where not `understood`, no line began with a
    time, and `sample` is such text.
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

    def answered_at(self, rest_url: str) -> datetime | None:
        """When the last hook to that REST URL was answered; None where none was seen."""
        moments = (
            at
            for url, at in self.answered_urls.items()
            if rest_url_behind(url, (rest_url,)) == rest_url
        )
        return max(moments, default=None)


@dataclass
class _Reading:
    """One log while it is read: what was read so far, and the limits that were met."""

    host: Host
    log: LogFile
    since: datetime
    clock: HostClock
    notes: list[str] = field(default_factory=list)
    bytes_read: int = 0

    def read(self, offset: int, limit: int) -> bytes:
        """A part of the log, in pieces that each keep to the time limit of one operation."""
        pieces: list[bytes] = []
        end = offset + limit
        while offset < end:
            size = min(DEFAULT_LIMIT, end - offset)
            piece = self.host.read(
                self.log.path, offset=offset, limit=size, root=self.log.needs_root
            )
            pieces.append(piece)
            offset += len(piece)
            self.bytes_read += len(piece)
            if len(piece) < size:
                break
        return b"".join(pieces)

    def date(self, parsed: ParsedLog) -> tuple[DatedRecord, ...]:
        return date_backwards(parsed.records, self.log.modified, self.clock.zone)


def read_window(host: Host, log: LogFile, since: datetime, clock: HostClock) -> FileWindow:
    """The window of `log` since `since`. Raises `HostError` where the log cannot be read."""
    reading = _Reading(host, log, since, clock)
    size = log.size
    if size <= WHOLE:
        return _read_whole(reading, 0, is_whole_file=True)
    start = find_window(reading.read, size, modified=log.modified, since=since, zone=clock.zone)
    if not start.understood:
        return _not_understood(reading, start.sample)
    if size - start.offset <= WHOLE:
        return _read_whole(reading, start.offset, is_whole_file=start.is_whole_file)
    return _read_filtered(reading, start.offset, is_whole_file=start.is_whole_file)


def _read_whole(reading: _Reading, offset: int, *, is_whole_file: bool) -> FileWindow:
    size = reading.log.size
    data = reading.read(offset, size - offset)
    if len(data) < size - offset:
        reading.notes.append("the log became shorter while it was read: it was rotated")
    parsed = parse(data, offset=offset)
    if not parsed.understood:
        return _not_understood(reading, parsed.sample)
    dated = reading.date(parsed)
    begins = _begins(reading, dated) if is_whole_file else reading.since
    return _window(reading, dated, dated, begins)


def _read_filtered(reading: _Reading, offset: int, *, is_whole_file: bool) -> FileWindow:
    size = reading.log.size
    tail = parse(reading.read(size - TAIL, TAIL), offset=size - TAIL, starts_inside=True)
    newest = reading.date(tail)
    searched = max(offset, size - SEARCHED)
    try:
        result = _grep(reading, searched)
    except HostError as error:
        if error.reason in {HostFailure.LOST, HostFailure.CLOSED_EARLY}:
            raise
        return _read_newest(reading, str(error))
    if not result.stdout.strip() and result.error_text:
        return _read_newest(reading, result.error_text[:200])
    is_cut = len(result.stdout) >= FILTERED
    found = reading.date(parse(result.stdout, starts_inside=is_cut, grepped=True))
    if not found and not tail.understood:
        return _not_understood(reading, tail.sample)
    begins = reading.since
    if is_cut and found:
        begins = max(begins, found[0].at)
        reading.notes.append(_only("errors", FILTERED, begins))
    elif searched > offset:
        begins = max(begins, _moment_at(reading, searched))
        reading.notes.append(_only("lines", SEARCHED, begins))
    elif is_whole_file:
        first = parse(reading.read(0, TAIL), offset=0)
        begins = _begins(reading, reading.date(first))
    if reading.log.modified - reading.since > timedelta(hours=20):
        reading.notes.append(
            "lines carry no date: days are counted back from the file's last change, and a day "
            "without any error may be missed"
        )
    return _window(reading, found, newest or found, begins, is_complete=False)


def _grep(reading: _Reading, offset: int) -> CommandResult:
    log = reading.log
    result = reading.host.run(
        _GREP,
        str(offset + 1),
        log.path,
        str(LINE_LIMIT),
        str(FILTERED),
        root=log.needs_root,
        limit=FILTERED,
    )
    reading.bytes_read += len(result.stdout)
    return result


def _read_newest(reading: _Reading, problem: str) -> FileWindow:
    """Where the host cannot filter: the newest part, as it is."""
    offset = reading.log.size - NEWEST
    parsed = parse(reading.read(offset, NEWEST), offset=offset, starts_inside=True)
    if not parsed.understood:
        return _not_understood(reading, parsed.sample)
    dated = reading.date(parsed)
    begins = max(reading.since, dated[0].at) if dated else reading.log.modified
    reading.notes.append(f"the host could not filter its log ({problem})")
    reading.notes.append(_only("lines", NEWEST, begins))
    return _window(reading, dated, dated, begins, is_complete=False)


def _window(
    reading: _Reading,
    dated: tuple[DatedRecord, ...],
    newest: tuple[DatedRecord, ...],
    begins: datetime,
    *,
    is_complete: bool = True,
) -> FileWindow:
    log, since = reading.log, reading.since
    seen = look([record for record in dated if record.at >= since])
    hooks = look([record for record in newest if record.at >= since])
    ends = newest[-1].at if newest else None
    if ends is not None and ends < since <= log.modified:
        reading.notes.append(
            f"the newest line says {ends:%H:%M:%S}, the file was changed at "
            f"{log.modified.astimezone(reading.clock.zone):%H:%M:%S}: if WCS writes times of "
            "another zone than the host's, lines were taken for older than they are"
        )
    return FileWindow(
        log.path,
        log.role,
        since,
        begins,
        ends,
        seen.errors,
        hooks.answers,
        hooks.answered,
        is_complete,
        notes=tuple(reading.notes),
        bytes_read=reading.bytes_read,
        answered_urls=hooks.answered_urls,
    )


def _not_understood(reading: _Reading, sample: str) -> FileWindow:
    log, since = reading.log, reading.since
    return FileWindow(
        log.path,
        log.role,
        since,
        since,
        None,
        understood=False,
        sample=masked(sample),
        bytes_read=reading.bytes_read,
    )


def _begins(reading: _Reading, dated: tuple[DatedRecord, ...]) -> datetime:
    """Where the file itself begins within the window, that is said: older lines were rotated."""
    if not dated or dated[0].at <= reading.since:
        return reading.since
    begins = dated[0].at
    reading.notes.append(
        f"this file begins at {_clock(begins)}; what was logged before is in rotated files, which "
        "were not read"
    )
    return begins


def _moment_at(reading: _Reading, offset: int) -> datetime:
    parsed = parse(reading.read(offset, TAIL), offset=offset, starts_inside=True)
    dated = reading.date(parsed)
    return dated[0].at if dated else reading.since


def _only(what: str, size: int, begins: datetime) -> str:
    return (
        f"the window begins at {_clock(begins)}: wcsdiag takes the newest {size // MIB} MiB of "
        f"{what}, older ones were not read"
    )


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
