"""Reading a window of one file of a log on the host: never the whole of a large one.

A window of up to 2 MiB is read. A larger one is thinned out on the host, and where that cannot
be had, its newest part is read. Every limit that was met is put into words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from wcsdiag.facts.log_places import read_places
from wcsdiag.facts.log_thinning import (
    ERRORS,
    MATCHES,
    MIB,
    Thinned,
    is_lost,
    thin,
    thin_errors,
)
from wcsdiag.facts.logs import LogFile
from wcsdiag.host.interface import DEFAULT_LIMIT, Host, HostError
from wcsdiag.logs.dates import beginning
from wcsdiag.logs.records import SAMPLE_LIMIT, stamps, stamps_backwards
from wcsdiag.logs.stretches import Stretch
from wcsdiag.logs.window import Place, WindowStart, find_window

WHOLE = 2 * MIB
NEWEST = 4 * MIB
SEARCHED = 1024 * MIB
NEARBY = MIB // 4


@dataclass(frozen=True)
class Part:
    """What was read of one file, the oldest stretch first. All moments are aware.

    `begins` is from when on lines were read, and `hooks_begin` the same of hooks; None means that
    it reaches back to the window's beginning. `is_first_line_seen`: the file itself begins at
    `begins`, so older lines are in another file. `ends` is its newest line's time. Where
    not `understood`, no line began with a time, and `sample` is such text.
    """

    stretches: tuple[Stretch, ...] = ()
    begins: datetime | None = None
    hooks_begin: datetime | None = None
    is_first_line_seen: bool = False
    ends: datetime | None = None
    understood: bool = True
    sample: str = ""
    notes: tuple[str, ...] = ()
    bytes_read: int = 0


@dataclass
class PartReader:
    """One file while it is read. `modified` is a moment that none of its lines is later than."""

    host: Host
    log: LogFile
    modified: datetime
    since: datetime
    zone: tzinfo
    notes: list[str] = field(default_factory=list)
    bytes_read: int = 0

    def part(self) -> Part:
        """Read it. Raises `HostError`."""
        size = self.log.size
        if size <= WHOLE:
            return self._whole(0, is_whole_file=True)
        start = find_window(
            self._read_places, size, modified=self.modified, since=self.since, zone=self.zone
        )
        if not start.understood:
            return self._not_understood(start.sample.encode())
        if size - start.offset <= WHOLE:
            return self._whole(start.offset, is_whole_file=start.is_whole_file)
        return self._thinned(start)

    def read(self, offset: int, limit: int) -> bytes:
        """A part of the file, in pieces that each keep to the time limit of one operation."""
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

    def _read_places(self, places: Sequence[Place]) -> list[bytes]:
        blocks = read_places(self.host, self.log.path, places, root=self.log.needs_root)
        self.bytes_read += sum(map(len, blocks))
        return blocks

    def _whole(self, offset: int, *, is_whole_file: bool) -> Part:
        size = self.log.size
        data = self.read(offset, size - offset)
        if len(data) < size - offset:
            self.notes.append("the log became shorter while it was read: it was rotated")
        stretch = self._stretch(data, offset)
        begins = stretch.begins
        if begins is None and data.strip():
            return self._not_understood(data)
        is_younger = is_whole_file and begins is not None and begins > self.since
        return self._part(
            (stretch,),
            begins=begins if is_younger else None,
            is_first_line_seen=is_younger,
            ends=self._last(data),
        )

    def _thinned(self, start: WindowStart) -> Part:
        size, ends = self.log.size, start.ends
        searched = max(start.offset, size - SEARCHED)
        try:
            found = thin(self.host, self.log.path, searched, root=self.log.needs_root)
        except HostError as error:
            if is_lost(error):
                raise
            return self._newest(str(error))
        self.bytes_read += len(found.data)
        if not found.data.strip() and found.complaint:
            return self._newest(found.complaint)
        stretch = self._stretch(found.data, 0, is_thinned=True, starts_inside=found.is_cut)
        if found.is_cut:
            return self._cut(stretch, searched, ends)
        begins = None
        if searched > start.offset:
            begins = self._first_after(searched, stretch.begins or ends)
            self.notes.append(only("lines", SEARCHED, begins or self.since))
        elif start.first is not None:
            begins = beginning((start.first,), stretch.begins or ends or self.modified, self.zone)
        is_younger = begins is not None and begins > self.since
        return self._part(
            (stretch,),
            begins=begins if is_younger else None,
            is_first_line_seen=is_younger and searched == start.offset,
            ends=ends,
        )

    def _cut(self, hooks: Stretch, searched: int, ends: datetime | None) -> Part:
        """Errors and hooks together are too much: the errors alone may not be."""
        hooks_begin = hooks.begins or self.modified
        self.notes.append(only("hooks and errors", MATCHES, hooks_begin, "hooks are known from"))
        found = self._errors(searched)
        older = Stretch(
            self.log.name,
            found.data,
            self.modified,
            self.zone,
            is_thinned=True,
            has_hooks=False,
            starts_inside=found.is_cut,
            until=hooks_begin,
        )
        begins = None
        if found.is_cut or not found.data:
            begins = min(older.begins or hooks_begin, hooks_begin)
            self.notes.append(only("errors", ERRORS, begins))
        return self._part(
            (older, hooks), begins=begins, hooks_begin=max(hooks_begin, self.since), ends=ends
        )

    def _errors(self, searched: int) -> Thinned:
        try:
            found = thin_errors(self.host, self.log.path, searched, root=self.log.needs_root)
        except HostError as error:
            if is_lost(error):
                raise
            self.notes.append(f"older errors could not be searched for ({error})")
            return Thinned(b"", is_cut=False, complaint=str(error))
        self.bytes_read += len(found.data)
        return found

    def _newest(self, problem: str) -> Part:
        """Where the host cannot filter: the newest part, as it is."""
        offset = max(0, self.log.size - NEWEST)
        data = self.read(offset, NEWEST)
        stretch = self._stretch(data, offset, starts_inside=offset > 0)
        begins = stretch.begins
        if begins is None:
            return self._not_understood(data)
        self.notes.append(f"the host could not filter its log ({problem})")
        self.notes.append(only("lines", NEWEST, max(begins, self.since)))
        return self._part((stretch,), begins=max(begins, self.since), ends=self._last(data))

    def _stretch(
        self, data: bytes, offset: int, *, is_thinned: bool = False, starts_inside: bool = False
    ) -> Stretch:
        return Stretch(
            self.log.name,
            data,
            self.modified,
            self.zone,
            offset=offset,
            is_thinned=is_thinned,
            starts_inside=starts_inside,
        )

    def _part(
        self,
        stretches: tuple[Stretch, ...],
        *,
        begins: datetime | None,
        hooks_begin: datetime | None = None,
        is_first_line_seen: bool = False,
        ends: datetime | None,
    ) -> Part:
        return Part(
            stretches,
            begins,
            hooks_begin or begins,
            is_first_line_seen=is_first_line_seen,
            ends=ends,
            notes=tuple(self.notes),
            bytes_read=self.bytes_read,
        )

    def _not_understood(self, data: bytes) -> Part:
        sample = data[:SAMPLE_LIMIT].decode("utf-8", "replace")
        return Part(understood=False, sample=sample, bytes_read=self.bytes_read)

    def _last(self, data: bytes) -> datetime | None:
        newest = next(stamps_backwards(data), None)
        return None if newest is None else beginning((newest,), self.modified, self.zone)

    def _first_after(self, offset: int, later: datetime | None) -> datetime | None:
        """The moment of the first record after `offset`, which is not later than `later`."""
        found = stamps(self.read(offset, NEARBY), offset, starts_inside=offset > 0)
        if not found:
            return None
        return beginning((found[0][1],), later or self.modified, self.zone)


def only(what: str, size: int, begins: datetime, words: str = "the window begins at") -> str:
    """A limit that was met, in words."""
    return (
        f"{words} {clock(begins)}: wcsdiag takes the newest {size // MIB} MiB of "
        f"{what}, older ones were not read"
    )


def clock(moment: datetime) -> str:
    """A moment as notes say it."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"
