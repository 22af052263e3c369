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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import time
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

from wcsdiag.logs.stamp import LONGEST_STAMP, Stamp, read_stamp

LINE_LIMIT = 16 * 1024
"""Bytes that are kept of one line: the rest of a longer one is dropped."""

SAMPLE_LIMIT = 400
"""Bytes of raw text that are kept to show what was not understood."""

_BEGINNINGS = frozenset("0123456789[\x1b")
# A pattern that begins with a literal is searched for many times faster than one with choices.
_MAYBE_STAMP = rb"(?=[0-9\[\x1b])[^\n]{0,60}?([0-9][0-9]):[0-5][0-9]:[0-5][0-9]"
_MAYBE_HEAD = re.compile(rb"\n" + _MAYBE_STAMP)
_MAYBE_FIRST_HEAD = re.compile(_MAYBE_STAMP)
_PART = 1 << 20

_LEVELS = "TRACE|DEBUG|INFO|WARNING|WARN|ERROR|FATAL|SEVERE"
# What nearly every record of WCS 5.1 and later begins with, read at once; all else, and the same,
# is read by the patterns below.
_USUAL = re.compile(
    r"((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9],[0-9]{3}) +"
    rf"({_LEVELS}) +([\w.$/-]{{1,200}}) +- ([^ ]+)(?: (.*)|$)",
    re.DOTALL,
)
_HEAD = re.compile(
    r"\s*(?:\[(?P<thread>[^\]\[]{1,200})\]\s+)?"
    rf"\[?(?P<level>{_LEVELS})\]?(?=[\s\x1b]|$)"
    r"(?:\x1b\[[0-9;]*m)*\s*(?P<rest>.*)",
    re.DOTALL,
)
_LOGGER = re.compile(r"(?P<logger>[\w.$/-]{1,200})\s+-\s(?P<rest>.*)", re.DOTALL)


class LogRecord(NamedTuple):
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


class _Parts(NamedTuple):
    """Fields of `LogRecord`, in its order."""

    stamp: Stamp
    level: str | None
    logger: str | None
    thread: str | None
    message: str


class _Head(NamedTuple):
    """The first line of a record: where it is in the data, and what it says."""

    at: int
    end: int
    line: str
    parts: _Parts


@dataclass(frozen=True)
class ParsedLog:
    """The records of a stretch of a log, in the file's order.

    `sample` is the beginning of the stretch, for the case that `understood` is False: there was
    text, and no line of it begins with a time.
    """

    records: tuple[LogRecord, ...]
    understood: bool
    sample: str


def parse(data: bytes, *, offset: int = 0, starts_inside: bool = False) -> ParsedLog:
    """The records in `data`, which begins at `offset` of the file.

    With `starts_inside` the first line may have lost its beginning, and is passed over.
    """
    records = []
    first = data.find(b"\n") + 1 if starts_inside else 0
    if not starts_inside or first:
        heads = list(_heads(data, first))
        ends = [head.at for head in heads[1:]] + [len(data)]
        records = [
            LogRecord(offset + head.at, *head.parts, _texts(data[head.end : end]), head.line)
            for head, end in zip(heads, ends, strict=bool(heads))
        ]
    understood = bool(records) or not data.strip()
    return ParsedLog(tuple(records), understood, data[:SAMPLE_LIMIT].decode("utf-8", "replace"))


def _heads(data: bytes, first: int) -> Iterator[_Head]:
    """The first lines of all records at or after `first`."""
    for at, _ in _maybe_heads(data, first):
        end = data.find(b"\n", at) + 1 or len(data)
        line = _text(data[at:end].removesuffix(b"\n"))
        parts = _parts(line)
        if parts is not None:
            yield _Head(at, end, line, parts)


def _texts(body: bytes) -> tuple[str, ...]:
    """The lines of a body."""
    if not body:
        return ()
    body = body.removesuffix(b"\n")
    if len(body) <= LINE_LIMIT and b"\r" not in body:
        return tuple(body.decode("utf-8", "replace").split("\n"))
    return tuple(map(_text, body.split(b"\n")))


def _text(line: bytes) -> str:
    return line[:LINE_LIMIT].decode("utf-8", "replace").removesuffix("\r")


def record_at(data: bytes, offset: int) -> LogRecord | None:
    """The record that `data` is, with all its lines; None where it does not begin with a time."""
    end = data.find(b"\n") + 1 or len(data)
    line = _text(data[:end].removesuffix(b"\n"))
    parts = _parts(line)
    return None if parts is None else LogRecord(offset, *parts, _texts(data[end:]), line)


def next_head(data: bytes, begin: int) -> int:
    """Where the first record at or after `begin`, the beginning of a line, begins; -1: nowhere."""
    for at, _ in _maybe_heads(data, begin):
        if _stamp(_beginning_of_line(data, at)) is not None:
            return at
    return -1


def stamps_backwards(data: bytes) -> Iterator[Stamp]:
    """The stamps of all records, the last one first."""
    places = [at for at, _ in _maybe_heads(data)]
    return _stamps_at(data, reversed(places))


def some_stamps_backwards(data: bytes) -> Iterator[Stamp]:
    """Of the stamps of all records, the last one first, those that are needed to count days.

    Of records that follow one another within one hour, the last and the first.
    """
    for _, group in groupby(reversed(list(_maybe_heads(data))), key=itemgetter(1)):
        places = [at for at, _ in group]
        for either in (places, reversed(places)):
            yield from islice(_stamps_at(data, either), 1)


def _maybe_heads(data: bytes, begin: int = 0) -> Iterator[tuple[int, bytes]]:
    """Where lines at or after `begin` begin that look as if a record began there; and the hour."""
    if begin == 0:
        first = _MAYBE_FIRST_HEAD.match(data)
        if first is not None:
            yield 0, first[1]
    for found in _MAYBE_HEAD.finditer(data, max(0, begin - 1)):
        yield found.start() + 1, found[1]


def _stamps_at(data: bytes, places: Iterable[int]) -> Iterator[Stamp]:
    for at in places:
        stamp = _stamp(_beginning_of_line(data, at))
        if stamp is not None:
            yield stamp


def parse_in_parts(
    data: bytes, *, offset: int = 0, starts_inside: bool = False
) -> Iterator[tuple[LogRecord, ...]]:
    """The records of `parse`, some at a time: they take ten times the room of the bytes."""
    begin = 0
    while begin < len(data):
        middle = data.find(b"\n", begin + _PART) + 1
        end = next_head(data, middle) if middle else -1
        end = len(data) if end < 0 else end
        inside = starts_inside and begin == 0
        yield parse(data[begin:end], offset=offset + begin, starts_inside=inside).records
        begin = end


def stamps(data: bytes, offset: int, *, starts_inside: bool) -> list[tuple[int, Stamp]]:
    """Where each record of `data` begins, in bytes of the file, and its stamp."""
    found = []
    for where, line in _raw_lines(data, offset, starts_inside=starts_inside):
        stamp = _stamp(_text(line[: 4 * LONGEST_STAMP]))
        if stamp is not None:
            found.append((where, stamp))
    return found


def _raw_lines(data: bytes, offset: int, *, starts_inside: bool) -> Iterator[tuple[int, bytes]]:
    """Lines end with LF alone: every other control character is data."""
    begin = data.find(b"\n") + 1 if starts_inside else 0
    if starts_inside and begin == 0:
        return
    where = offset + begin
    lines = (data[begin:] if begin else data).split(b"\n")
    if not lines[-1]:
        lines.pop()
    for line in lines:
        yield where, line
        where += len(line) + 1


def _beginning_of_line(data: bytes, at: int) -> str:
    end = data.find(b"\n", at, at + 4 * LONGEST_STAMP)
    return data[at : at + 4 * LONGEST_STAMP if end < 0 else end].decode("utf-8", "replace")


def _stamp(line: str) -> Stamp | None:
    """A bare `HH:mm:ss` begins a record only where a level follows: it may be anybody's text."""
    if line[:1] not in _BEGINNINGS:
        return None
    stamp = read_stamp(line)
    if stamp is not None and stamp.is_bare and not _HEAD.match(line, stamp.length):
        return None
    return stamp


def _parts(line: str) -> _Parts | None:
    """What the first line of a record says; None for any other line."""
    usual = _USUAL.match(line)
    if usual is not None:
        clock, level, logger, thread, message = usual.groups()
        at = time.fromisoformat(clock.replace(",", "."))
        plain = Stamp(at, None, None, len(clock), is_bare=False)
        return _Parts(plain, level, logger, thread, (message or "").strip())
    stamp = _stamp(line)
    if stamp is None:
        return None
    head = _HEAD.match(line, stamp.length)
    if head is None:
        return _Parts(stamp, None, None, None, line[stamp.length :].strip())
    rest, thread, logger = head["rest"], head["thread"], None
    named = _LOGGER.match(rest)
    if named is not None:
        logger, rest = named["logger"], named["rest"]
        if thread is None:
            thread, _, rest = rest.partition(" ")
    return _Parts(stamp, head["level"], logger, thread or None, rest.strip())
