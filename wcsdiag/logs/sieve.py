"""The records of hooks in the bytes of a log, as they come; all else is passed over quickly."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from wcsdiag.logs.records import LogRecord, next_head, record_at

# Every block, every failure in WCS's own words, and every line of the hooks' logger (wcs.md 2).
_LITERALS = (b"REST OBJECT", b"xception in REST", b"RestClient - ")
_LONGEST = 256 * 1024
"""Bytes that are kept of one record."""


class HookSieve:
    """Takes pieces of a log and gives the records that are about hooks.

    A record is given once the next one begins. Of one longer than 256 KiB the beginning is kept.
    """

    def __init__(self, offset: int = 0) -> None:
        """`offset` is where the first piece begins in the file."""
        self._kept = b""
        self._offset = offset
        self._is_skipping = False

    def feed(self, data: bytes) -> Iterator[LogRecord]:
        """The next piece."""
        if self._is_skipping:
            end = data.find(b"\n") + 1
            self._offset += end or len(data)
            if not end:
                return
            self._is_skipping = False
            data = data[end:]
        data = self._kept + data
        self._kept = b""
        keep = yield from self._whole_records(data)
        self._offset += keep
        self._kept = data[keep:]
        if len(self._kept) > _LONGEST:
            yield from self.flush()
            self._is_skipping = not data.endswith(b"\n")

    def flush(self) -> Iterator[LogRecord]:
        """What was kept is whole, as far as anybody knows."""
        kept, self._kept = self._kept, b""
        if any(literal in kept for literal in _LITERALS):
            record = record_at(kept[:_LONGEST], self._offset)
            if record is not None:
                yield record
        self._offset += len(kept)

    @property
    def is_between_lines(self) -> bool:
        """True where what came so far ends with a line's end."""
        return not self._is_skipping and (not self._kept or self._kept.endswith(b"\n"))

    def _whole_records(self, data: bytes) -> Generator[LogRecord, None, int]:
        """Gives the records, and returns where what is not whole yet begins."""
        begin = 0
        hits = _Hits(data)
        while (hit := hits.after(begin)) >= 0:
            line = data.rfind(b"\n", begin, hit) + 1 or begin
            line_end = data.find(b"\n", hit)
            if line_end < 0:
                return line
            if next_head(data, line) != line:
                begin = line_end + 1
                continue
            end = next_head(data, line_end + 1)
            if end < 0:
                return line
            record = record_at(data[line : min(end, line + _LONGEST)], self._offset + line)
            if record is not None:
                yield record
            begin = end
        return max(begin, data.rfind(b"\n") + 1)


class _Hits:
    """Where the literals stand; each is looked for only as far as it is needed."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._next = dict.fromkeys(_LITERALS, -2)

    def after(self, begin: int) -> int:
        """The first place at or after `begin`; -1 where there is none."""
        for literal, at in self._next.items():
            if at != -1 and at < begin:
                self._next[literal] = self._data.find(literal, begin)
        return min((at for at in self._next.values() if at >= 0), default=-1)
