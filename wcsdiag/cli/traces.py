"""The hooks of a file that is a capture, a recording, or a log of WCS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from wcsdiag.cli.file_kinds import FileKind, kind_of
from wcsdiag.cli.time_zones import local_zone
from wcsdiag.errors import UsageError
from wcsdiag.hooks.exchange import Exchange

_PIECE = 1 << 20

Note = Callable[[str], None]


def hooks_in(path: Path, note: Note) -> Iterator[Exchange]:
    """The exchanges of the file; `note` is told what could not be read.

    Raises `UsageError` for a file that is not there, not readable, empty, or none of the three.
    """
    kind = kind_of(path)
    if kind is FileKind.EMPTY:
        raise UsageError(f"{path}: the file is empty")
    if kind is FileKind.CAPTURE:
        return _of_capture(path, note)
    return _of_recording(path, note) if kind is FileKind.RECORDING else _of_log(path, note)


def _of_capture(path: Path, note: Note) -> Iterator[Exchange]:
    from wcsdiag.capture.reader import CaptureReader, NotACaptureError

    reader = CaptureReader()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield from (each for each in reader.feed(piece) if isinstance(each, Exchange))
        yield from (each for each in reader.finish() if isinstance(each, Exchange))
    except NotACaptureError as error:
        raise UsageError(f"{path}: {error}", hint=error.hint) from error
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    for text in reader.summary.notes:
        note(text)


def _of_recording(path: Path, note: Note) -> Iterator[Exchange]:
    from wcsdiag.receiver.recording import RecordingError, read_recording

    try:
        yield from read_recording(path, note)
    except RecordingError as error:
        raise UsageError(str(error), hint=error.hint) from error


def _of_log(path: Path, note: Note) -> Iterator[Exchange]:
    from wcsdiag.facts.log_files import LogFiles

    try:
        log = LogFiles([path], local_zone().zone)
        yield from log
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    if not log.understood:
        raise UsageError(f"{path}: neither a capture, nor a recording, nor a log of WCS")
    for text in log.notes:
        note(text)
