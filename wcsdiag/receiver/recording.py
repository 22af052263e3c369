"""Recordings of exchanges: JSON lines, written as they come and read back with bounds.

The first line, and that of each later continuation, is
`{"format": "wcsdiag-recording", "version": 1, "secrets": "masked"}`; `secrets` is `kept` where
bodies are verbatim. Every other line is an exchange: the fields of `Exchange` that have a value,
without `source` and `request`, which `request_text` holds; `sent_at` in ISO 8601 with an offset,
`failure` by its name (`REFUSED`).
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import IO

from wcsdiag.errors import UsageError, WcsdiagError, words_of
from wcsdiag.hooks.exchange import Exchange
from wcsdiag.receiver.recorded_line import BadLineError, exchange_of, line_of

FORMAT = "wcsdiag-recording"
VERSION = 1

_LONGEST_LINE = 16 << 20
_LONGEST_HEADER = 4096
_MOST_NOTES = 20


class RecordingError(WcsdiagError):
    """A file is no recording, or one that this version cannot read."""


class Recorder:
    """Writes exchanges to a file, each at once. For one thread; `close` it at the end."""

    def __init__(self, file: Path, *, append: bool = False, keep_secrets: bool = False) -> None:
        """Begin a new file that its owner alone may read, or continue a recording.

        Raises `UsageError` where the file cannot be written, or is there and `append` is false;
        `RecordingError` where what is to be continued is no recording.
        """
        self._keep_secrets = keep_secrets
        self._file = _continued(file) if append and file.exists() else _begun(file)
        secrets = "kept" if keep_secrets else "masked"
        self._write(json.dumps({"format": FORMAT, "version": VERSION, "secrets": secrets}))

    def write(self, exchange: Exchange) -> None:
        """Add an exchange. Raises `OSError` where the file takes no more."""
        self._write(line_of(exchange, keep_secrets=self._keep_secrets))

    def close(self) -> None:
        """End the recording."""
        self._file.close()

    def _write(self, line: str) -> None:
        left = line.encode("utf-8", "backslashreplace") + b"\n"
        while left:
            left = left[self._file.write(left) :]


def is_recording(beginning: bytes) -> bool:
    """True where a file that begins so is a recording, of whatever version."""
    header = _header(beginning.partition(b"\n")[0])
    return header is not None


def read_recording(file: Path, note: Callable[[str], None] | None = None) -> Iterator[Exchange]:
    """The exchanges of a recording, in its order, with the source RECORDING.

    What cannot be understood is left out, and `note` is told, with the line's number. Raises
    `RecordingError` where the file cannot be read or its first line is not that of a recording.
    """
    notes = _Notes(note or (lambda _text: None))
    try:
        with file.open("rb") as opened:
            _require_header(opened.readline(_LONGEST_HEADER), file)
            for number, line in _lines(opened, notes):
                yield from _exchange(line, number, file, notes)
    except OSError as error:
        raise RecordingError(f"{file}: {words_of(error)}") from error
    finally:
        notes.close()


class _Notes:
    """Tells the first notes and counts the others."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._count = 0

    def __call__(self, text: str) -> None:
        self._count += 1
        if self._count <= _MOST_NOTES:
            self._tell(text)

    def close(self) -> None:
        if self._count > _MOST_NOTES:
            self._tell(f"{self._count - _MOST_NOTES} more lines were left out")


def _exchange(line: bytes, number: int, file: Path, notes: _Notes) -> Iterator[Exchange]:
    if not line.strip():
        return
    header = _header(line)
    if header is not None:
        _require_version(header, file)
        return
    try:
        yield exchange_of(line, f"{file.name}, line {number}")
    except BadLineError as error:
        notes(f"line {number} is left out: {error}")


def _lines(opened: IO[bytes], notes: _Notes) -> Iterator[tuple[int, bytes]]:
    number = 1
    while line := opened.readline(_LONGEST_LINE):
        number += 1
        if line.endswith(b"\n"):
            yield number, line
        elif len(line) < _LONGEST_LINE:
            # A recording that is still written, or was cut off, ends so.
            notes(f"line {number} is left out: it has no end")
        else:
            notes(f"line {number} is left out: it is longer than {_LONGEST_LINE >> 20} MiB")
            _skip_line(opened)


def _skip_line(opened: IO[bytes]) -> None:
    while (part := opened.readline(_LONGEST_LINE)) and not part.endswith(b"\n"):
        pass


def _header(line: bytes) -> dict[str, object] | None:
    if len(line) > _LONGEST_HEADER or FORMAT.encode() not in line:
        return None
    try:
        header = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return header if isinstance(header, dict) and header.get("format") == FORMAT else None


def _require_header(line: bytes, file: Path) -> None:
    header = _header(line)
    if header is None:
        raise RecordingError(
            f"{file} is not a recording of wcsdiag",
            hint="its first line must be that which `wcsdiag serve --record` writes",
        )
    _require_version(header, file)


def _require_version(header: dict[str, object], file: Path) -> None:
    version = header.get("version")
    if version != VERSION:
        raise RecordingError(
            f"{file} is a recording of version {version!r}; this wcsdiag reads version {VERSION}",
            hint="read it with the wcsdiag that wrote it, or a later one",
        )


def _begun(file: Path) -> FileIO:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        if file.is_dir():
            raise UsageError(f"--record {file}: is a directory") from error
        raise UsageError(
            f"--record {file}: the file exists", hint="--append continues it"
        ) from error
    except OSError as error:
        raise UsageError(f"--record {file}: {words_of(error)}") from error
    return os.fdopen(handle, "wb", buffering=0)


def _continued(file: Path) -> FileIO:
    if file.is_dir():
        raise UsageError(f"--record {file}: is a directory")
    try:
        handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise UsageError(f"--record {file}: not a regular file")
        opened = os.fdopen(handle, "r+b", buffering=0)
    except OSError as error:
        raise UsageError(f"--record {file}: {words_of(error)}") from error
    try:
        _require_header(opened.readline(_LONGEST_HEADER), file)
        _end_last_line(opened)
    except BaseException:
        opened.close()
        raise
    return opened


def _end_last_line(opened: FileIO) -> None:
    opened.seek(-1, os.SEEK_END)
    if opened.read(1) != b"\n":
        opened.write(b"\n")
