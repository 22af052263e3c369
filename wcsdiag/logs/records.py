"""Records of a WCS log, from its bytes.

A record is a line that begins with a time, and the lines after it that do not: a hook's body, a
stack trace. The literal forms (wcs.md 2.1 and 2.2)::

    16:54:29,327 INFO RECEIVED REST OBJECT <==
    16:54:29,197 RECEIVED REST OBJECT <==
    09:05:17,012 ERROR           RestClient - API-ASYNC-pool-12-thread-2 Got exception in REST

The last one is `%d{HH:mm:ss,SSS} %-5p %20c{1} - %t %m%n`, inferred from samples. A date in front,
and `[thread] LEVEL logger - message`, are read too. Nothing here raises on any input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from wcsdiag.logs.stamp import LONGEST_STAMP, Stamp, read_stamp

LINE_LIMIT = 16 * 1024
"""Bytes that are kept of one line: the rest of a longer one is dropped."""

SAMPLE_LIMIT = 400
"""Bytes of raw text that are kept to show what was not understood."""

GREP_SEPARATOR = "--"

_BEGINNINGS = frozenset("0123456789[\x1b")

_HEAD = re.compile(
    r"\s*(?:\[(?P<thread>[^\]\[]{1,200})\]\s+)?"
    r"\[?(?P<level>TRACE|DEBUG|INFO|WARNING|WARN|ERROR|FATAL|SEVERE)\]?(?=[\s\x1b]|$)"
    r"(?:\x1b\[[0-9;]*m)*\s*(?P<rest>.*)",
    re.DOTALL,
)
_LOGGER = re.compile(r"(?P<logger>[\w.$/-]{1,200})\s+-\s(?P<rest>.*)", re.DOTALL)


@dataclass(frozen=True)
class LogRecord:
    """One record. `offset` is where its first line begins in the file, in bytes.

    None means that the layout does not say. `thread` is one word: what follows a space in a
    thread's name stands at the beginning of `message`. `lines` are the lines after the first.
    """

    offset: int
    stamp: Stamp
    level: str | None
    logger: str | None
    thread: str | None
    message: str
    lines: tuple[str, ...] = ()
    first_line: str = ""


@dataclass(frozen=True)
class ParsedLog:
    """The records of a stretch of a log, in the file's order.

    `sample` is the beginning of the stretch, for the case that `understood` is False: there was
    text, and no line of it begins with a time.
    """

    records: tuple[LogRecord, ...]
    understood: bool
    sample: str


@dataclass
class _Open:
    """A record whose lines are still being collected."""

    head: LogRecord
    lines: list[str] = field(default_factory=list)

    def close(self) -> LogRecord:
        return replace(self.head, lines=tuple(self.lines)) if self.lines else self.head


def parse(
    data: bytes, *, offset: int = 0, starts_inside: bool = False, grepped: bool = False
) -> ParsedLog:
    """The records in `data`, which begins at `offset` of the file.

    With `starts_inside` the first line may have lost its beginning, and is passed over. With
    `grepped` a line `--` stands for lines that are missing: it ends a record.
    """
    records: list[LogRecord] = []
    current: _Open | None = None
    for where, line in _lines(data, offset, starts_inside=starts_inside):
        head = _head(where, line)
        if head is None and not (grepped and line == GREP_SEPARATOR):
            if current is not None:
                current.lines.append(line)
            continue
        if current is not None:
            records.append(current.close())
        current = None if head is None else _Open(head)
    if current is not None:
        records.append(current.close())
    understood = bool(records) or not data.strip()
    return ParsedLog(tuple(records), understood, data[:SAMPLE_LIMIT].decode("utf-8", "replace"))


def stamps(data: bytes, offset: int, *, starts_inside: bool) -> list[tuple[int, Stamp]]:
    """Where each record of `data` begins, in bytes of the file, and its stamp."""
    found = []
    for where, line in _lines(data, offset, starts_inside=starts_inside, limit=4 * LONGEST_STAMP):
        stamp = _stamp(line)
        if stamp is not None:
            found.append((where, stamp))
    return found


def _lines(
    data: bytes, offset: int, *, starts_inside: bool, limit: int = LINE_LIMIT
) -> Iterator[tuple[int, str]]:
    """Lines end with LF alone: every other control character is data."""
    begin = data.find(b"\n") + 1 if starts_inside else 0
    if starts_inside and begin == 0:
        return
    while begin < len(data):
        end = data.find(b"\n", begin)
        end = len(data) if end < 0 else end
        line = data[begin : min(end, begin + limit)].decode("utf-8", "replace")
        yield offset + begin, line.removesuffix("\r")
        begin = end + 1


def _stamp(line: str) -> Stamp | None:
    """A bare `HH:mm:ss` begins a record only where a level follows: it may be anybody's text."""
    if line[:1] not in _BEGINNINGS:
        return None
    stamp = read_stamp(line)
    if stamp is not None and stamp.is_bare and not _HEAD.match(line, stamp.length):
        return None
    return stamp


def _head(offset: int, line: str) -> LogRecord | None:
    stamp = _stamp(line)
    if stamp is None:
        return None
    head = _HEAD.match(line, stamp.length)
    if head is None:
        message = line[stamp.length :].strip()
        return LogRecord(offset, stamp, None, None, None, message, first_line=line)
    rest, thread, logger = head["rest"], head["thread"], None
    named = _LOGGER.match(rest)
    if named is not None:
        logger, rest = named["logger"], named["rest"]
        if thread is None:
            thread, _, rest = rest.partition(" ")
    return LogRecord(
        offset, stamp, head["level"], logger, thread or None, rest.strip(), first_line=line
    )
