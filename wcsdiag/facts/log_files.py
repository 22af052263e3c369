"""Logs of WCS as local files: whole, rotated, compressed."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import IO

from wcsdiag.hooks.collector import DEFAULT_LIMIT_S
from wcsdiag.hooks.exchange import Exchange
from wcsdiag.hooks.traffic import Contact
from wcsdiag.logs.dates import Dater, beginning
from wcsdiag.logs.exchanges import ExchangeReader
from wcsdiag.logs.order import in_order
from wcsdiag.logs.records import stamps_backwards
from wcsdiag.logs.sieve import HookSieve
from wcsdiag.logs.stamp import Stamp

_PIECE = 1 << 20
_GZIP = b"\x1f\x8b"
_SAMPLES = 16_384
_WHOLE = 8 << 20
_SAMPLE = 4096
_CORRUPT = (OSError, EOFError, zlib.error)


@dataclass(frozen=True)
class _File:
    """One file. `begins` is when its first line was written; None where no line has a time."""

    path: Path
    is_packed: bool
    begins: datetime | None
    ends: datetime | None
    is_empty: bool


class LogFiles:
    """The hooks of local logs, given in the order of time, in bounded memory.

    Iterate once; `contacts` and `notes` are whole afterwards. A file that is damaged gives what
    can be read, and a note.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        zone: tzinfo,
        since: datetime | None = None,
        limit_s: float | None = DEFAULT_LIMIT_S,
    ) -> None:
        """Looks at all files. `zone` is that of the times in them; `since` is aware.

        Raises `OSError` with the path's name where one cannot be opened.
        """
        self._zone = zone
        self._since = since
        self._limit_s = limit_s
        self._notes: list[str] = []
        self._reader = ExchangeReader("", limit_s, since)
        self._files = self._looked_at(paths)

    def __iter__(self) -> Iterator[Exchange]:
        """The exchanges, in the order in which they were sent."""
        return in_order(self._exchanges())

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Failures whose hook is not in the files."""
        return self._reader.contacts

    @property
    def notes(self) -> tuple[str, ...]:
        """Limits that were met, and what could not be read."""
        unreadable = self._reader.unreadable
        blocks = (f"{unreadable} blocks of hooks have no URL: they were passed over",)
        return (*dict.fromkeys(self._notes), *(blocks if unreadable else ()))

    @property
    def understood(self) -> bool:
        """False where there was text and no line began with a time."""
        return any(file.begins or file.is_empty for file in self._files)

    @property
    def began(self) -> datetime | None:
        """The moment of the first line, or `since` where that is later."""
        moments = [file.begins for file in self._files if file.begins is not None]
        first = min(moments, default=None)
        if first is None or self._since is None:
            return first
        return max(first, self._since.astimezone(self._zone))

    @property
    def ended(self) -> datetime | None:
        """The moment of the last line."""
        return max((file.ends for file in self._files if file.ends is not None), default=None)

    def _looked_at(self, paths: Sequence[Path]) -> list[_File]:
        """The files, the oldest first: each is dated from the beginning of the one after it."""
        by_age = sorted(
            dict.fromkeys(paths), key=lambda path: (path.stat().st_mtime, path), reverse=True
        )
        later: datetime | None = None
        files: list[_File] = []
        for path in by_age:
            modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            file = self._look_at(path, min(modified, later or modified))
            later = file.begins or later
            files.append(file)
        files.reverse()
        return files

    def _look_at(self, path: Path, modified: datetime) -> _File:
        with path.open("rb") as raw:
            is_packed = raw.read(2) == _GZIP
            found = self._packed_stamps(path) if is_packed else _plain_stamps(raw)
        newest_first = found[::-1]
        begins = beginning(newest_first, modified, self._zone)
        ends = beginning(newest_first[:1], modified, self._zone)
        is_empty = not path.stat().st_size
        if begins is None and not is_empty:
            self._notes.append(f"{path}: no line of it begins with a time")
        return _File(path, is_packed, begins, ends, is_empty)

    def _packed_stamps(self, path: Path) -> list[Stamp]:
        """One stamp of each piece of what was packed; it is read whole for that."""
        found: list[Stamp] = []
        for piece in self._pieces(path, is_packed=True):
            newest_first = list(stamps_backwards(piece[:_SAMPLE]))
            newest_first[:0] = list(stamps_backwards(piece[-_SAMPLE:]))[:1]
            found += newest_first[::-1]
        return found

    def _exchanges(self) -> Iterator[Exchange]:
        for file in self._files:
            yield from self._of(file)
        yield from self._reader.finish()

    def _of(self, file: _File) -> Iterator[Exchange]:
        is_old = self._since is not None and file.ends is not None and file.ends < self._since
        if file.begins is None or is_old:
            return
        self._reader.name = file.path.name
        sieve, dater = HookSieve(), Dater(file.begins, self._zone)
        for piece in self._pieces(file.path, is_packed=file.is_packed):
            yield from self._reader.feed(dater.date(sieve.feed(piece)))
        yield from self._reader.feed(dater.date(sieve.flush()))
        if file.ends is not None:
            yield from self._reader.wait_until(file.ends)

    def _pieces(self, path: Path, *, is_packed: bool) -> Iterator[bytes]:
        """The file's bytes, as far as they can be had."""
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(path.open("rb"))
            # What came before the damage: `read` would give it up with the rest of the piece.
            read = stack.enter_context(gzip.open(file, "rb")).read1 if is_packed else file.read
            while True:
                try:
                    piece = read(_PIECE)
                except _CORRUPT as error:
                    self._notes.append(f"{path} is damaged or cut, the rest is not read: {error}")
                    return
                if not piece:
                    return
                yield piece


def _plain_stamps(file: IO[bytes]) -> list[Stamp]:
    """All stamps of a small file; of a large one, those of some thousand places in it.

    A day is lost where nothing was logged for a day within a sixteen-thousandth of the file.
    """
    size = file.seek(0, 2)
    if size <= _WHOLE:
        file.seek(0)
        return list(stamps_backwards(file.read(_WHOLE)))[::-1]
    found: list[Stamp] = []
    step = max(64 * 1024, size // _SAMPLES)
    for offset in [*range(0, size - _SAMPLE, step), size - _SAMPLE]:
        file.seek(offset)
        data = file.read(_SAMPLE)
        found += reversed(list(stamps_backwards(data[data.find(b"\n") + 1 if offset else 0 :])))
    return found
