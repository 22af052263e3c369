"""Captures that are files or come through a pipe, read in pieces."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from wcsdiag.capture.reader import CaptureReader, NotACaptureError
from wcsdiag.cli.deliver_traffic import deliver_traffic
from wcsdiag.cli.file_kinds import FileKind, kind_of
from wcsdiag.cli.interrupts import LOOK_UP_S, Interrupts
from wcsdiag.cli.settings import TrafficOutput
from wcsdiag.cli.status_line import StatusLine
from wcsdiag.cli.stream import is_terminal
from wcsdiag.errors import UsageError
from wcsdiag.hooks.collector import Expected, TrafficCollector
from wcsdiag.hooks.exchange import Exchange, Source
from wcsdiag.hooks.traffic import Contact

PIECE = 1 << 17
_HEAD = 1 << 16
_STDIN = Path("-")
_LAST = datetime.max.replace(tzinfo=UTC)
_MOST_YOUNG = 50_000
"""Objects that may come before Python looks for cycles. Exchanges have none, connections do."""


@dataclass(frozen=True)
class _Input:
    """An open file. `began` orders several: that of the first packet."""

    name: str
    number: int
    size: int
    began: datetime = _LAST


def trace_files(
    paths: Sequence[Path],
    ports: frozenset[int] | None,
    scenarios: tuple[str, ...],
    output: TrafficOutput,
) -> int:
    """Read them in the order of time, show what they hold, give the exit code.

    Raises `UsageError` for a file that is not there, not a capture, or empty.
    """
    with contextlib.ExitStack() as opened:
        opened.enter_context(_cycles_sought_seldom())
        inputs = [_open(path, opened) for path in paths]
        inputs.sort(key=lambda each: each.began)
        place = ", ".join(each.name for each in inputs)
        collector = TrafficCollector(Source.CAPTURE, place, Expected(scenarios=scenarios))
        span = Span()
        with Interrupts() as interrupts:
            for each in inputs:
                reader = CaptureReader(ports=ports)
                with _named(each.name):
                    _read(each, reader, collector, interrupts)
                span.add(reader, collector)
        if interrupts.asked:
            collector.note("interrupted: this is what was read by then")
        traffic = collector.traffic(span.began, span.ended)
    return deliver_traffic(traffic, output, was_interrupted=interrupts.asked)


@contextlib.contextmanager
def _cycles_sought_seldom() -> Iterator[None]:
    """A tenth of the time would go into looking for cycles that few objects have. Looking never
    would let memory grow with the number of connections."""
    before = gc.get_threshold()
    gc.set_threshold(_MOST_YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class Span:
    """From when to when the captures go."""

    def __init__(self) -> None:
        self.began: datetime | None = None
        self.ended: datetime | None = None

    def add(self, reader: CaptureReader, collector: TrafficCollector) -> None:
        """One capture that was read, with its notes."""
        summary = reader.summary
        for note in summary.notes:
            collector.note(note)
        if summary.began is not None:
            self.began = min(self.began or summary.began, summary.began)
        if summary.ended is not None:
            self.ended = max(self.ended or summary.ended, summary.ended)


def take(item: Exchange | Contact, collector: TrafficCollector) -> None:
    """One thing that a capture showed."""
    if isinstance(item, Exchange):
        collector.add(item)
    else:
        collector.add_contact(item)


def _read(
    each: _Input, reader: CaptureReader, collector: TrafficCollector, interrupts: Interrupts
) -> None:
    line, done = StatusLine(), 0
    while not interrupts.asked:
        if not select.select([each.number], [], [], LOOK_UP_S)[0]:
            continue
        data = os.read(each.number, PIECE)
        if not data:
            break
        for item in reader.feed(data):
            take(item, collector)
        done += len(data)
        of = f" of {each.size >> 20}" if each.size else ""
        line.show(f"{done >> 20}{of} MiB read")
    for item in reader.finish():
        take(item, collector)
    line.close()


def _open(path: Path, opened: contextlib.ExitStack) -> _Input:
    if path == _STDIN:
        if sys.stdin is None or is_terminal(sys.stdin):
            raise UsageError("-: standard input is a terminal: give the capture with < FILE")
        return _Input("standard input", sys.stdin.fileno(), 0)
    name = str(path)
    with _named(name):
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        opened.callback(os.close, number)
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            return _Input(name, number, 0)
        return _Input(name, number, found.st_size, _first_packet(number))


def _first_packet(number: int) -> datetime:
    reader = CaptureReader()
    with contextlib.suppress(NotACaptureError):
        list(reader.feed(os.pread(number, _HEAD, 0)))
    return reader.summary.began or _LAST


@contextlib.contextmanager
def _named(name: str) -> Iterator[None]:
    """Errors of the file, with its name."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name
        raise UsageError(f"{name!r}: {error}") from error
    except NotACaptureError as error:
        raise UsageError(f"{name}: {error}", hint=_hint(name) or error.hint) from error


def _hint(name: str) -> str:
    """What the file is instead, where that can be told."""
    if not Path(name).is_file():
        return ""
    kind = kind_of(Path(name))
    return kind.value if kind in {FileKind.RECORDING, FileKind.TEXT} else ""
