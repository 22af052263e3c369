"""The files that a log was rotated into, as far as a window reaches back into them.

How WCS names them is not known (wcs.md 2.2: DailyRollingFileAppender, pattern unknown), so every
file beside the log whose name begins with the log's is one: `flashphoner.log.2026-11-22`,
`flashphoner.log.1`, `flashphoner.log-20261122.gz`. They are ordered by their last change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from wcsdiag.facts.log_part import Part, PartReader, clock
from wcsdiag.facts.log_thinning import is_lost, thin_packed
from wcsdiag.facts.logs import LogFile, stat_file
from wcsdiag.host.interface import Host, HostError
from wcsdiag.logs.dates import beginning
from wcsdiag.logs.records import stamps
from wcsdiag.logs.stretches import Stretch
from wcsdiag.model import Unavailable

MOST_FILES = 24

_PACKED = (".gz", ".gzip")
_UNREADABLE = (".bz2", ".xz", ".zst", ".zip", ".lz4", ".7z")
_HEAD = "gzip -dc -- %s | head -c 65536"
_HEAD_LIMIT = 64 * 1024


@dataclass
class RotatedReader:
    """Reads the rotated files of a log, the newest first, until the window's beginning."""

    host: Host
    log: LogFile
    since: datetime
    zone: tzinfo
    notes: list[str] = field(default_factory=list)

    def parts(self, begins: datetime) -> Iterator[Part]:
        """The parts, the newest first. `begins` is where the log itself begins."""
        for file in self._files()[:MOST_FILES]:
            modified = min(file.modified, begins)
            try:
                part = self._part(file, modified)
            except HostError as error:
                if is_lost(error):
                    raise
                self.notes.append(f"{file.path} could not be read: {error}")
                return
            if not part.understood:
                self.notes.append(f"{file.path}: no line of it begins with a time")
                return
            yield part
            if part.begins is None or not part.is_first_line_seen:
                return
            begins = part.begins

    def _files(self) -> list[LogFile]:
        """Those that may hold lines of the window, the newest first."""
        found = []
        for path in self.host.glob(f"{_escaped(self.log.path)}?*"):
            if path.endswith(_UNREADABLE):
                self.notes.append(f"{path} was not read: only gzip is unpacked")
                continue
            try:
                stat = stat_file(self.host, path)
            except (HostError, Unavailable) as error:
                self.notes.append(f"{path} could not be looked at: {error}")
                continue
            is_old = stat.modified < self.since
            if stat.is_directory or not stat.size or is_old:
                continue
            found.append(replace(self.log, path=path, size=stat.size, modified=stat.modified))
        found.sort(key=lambda file: (file.modified, file.path), reverse=True)
        return found

    def _part(self, file: LogFile, modified: datetime) -> Part:
        if file.path.endswith(_PACKED):
            return self._packed(file, modified)
        return PartReader(self.host, file, modified, self.since, self.zone).part()

    def _packed(self, file: LogFile, modified: datetime) -> Part:
        found = thin_packed(self.host, file.path, root=file.needs_root)
        notes = [f"{file.path} is damaged or cut: {found.complaint}"] if found.complaint else []
        stretch = Stretch(
            file.name, found.data, modified, self.zone, is_thinned=True, starts_inside=found.is_cut
        )
        begins = stretch.begins
        if found.is_cut:
            notes.append(f"{file.path}: hooks and errors from {clock(begins or modified)} alone")
        else:
            begins = self._first(file, begins or modified) or begins
        size = len(found.data)
        is_younger = begins is not None and begins > self.since
        return Part(
            (stretch,),
            begins if is_younger else None,
            begins if is_younger else None,
            is_first_line_seen=not found.is_cut,
            ends=modified,
            understood=bool(begins) or bool(found.complaint) or not size,
            notes=tuple(notes),
            bytes_read=size,
        )

    def _first(self, file: LogFile, later: datetime) -> datetime | None:
        """When a packed file begins; its first line may be none that matters."""
        head = self.host.run(_HEAD, file.path, root=file.needs_root, limit=_HEAD_LIMIT)
        found = stamps(head.stdout, 0, starts_inside=False)
        return beginning((found[0][1],), later, self.zone) if found else None


def _escaped(path: str) -> str:
    """The path as a pattern that matches it alone."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in path)
