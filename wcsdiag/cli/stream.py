"""Standard streams: what they can show, and writing to them without a crash."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from wcsdiag.errors import UsageError
from wcsdiag.report.page import Look

PLAIN_WIDTH = 80
_WIDEST = 120


def is_terminal(stream: TextIO | None) -> bool:
    """True where a person looks at the stream."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def look_of(stream: TextIO | None, environment: Mapping[str, str]) -> Look:
    """Width, colours and encoding of stdout; without a terminal 80 columns of plain text."""
    encoding = (stream and stream.encoding) or "ascii"
    if not is_terminal(stream):
        return Look(PLAIN_WIDTH, colour=False, encoding=encoding)
    columns = shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns
    colour = not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
    return Look(min(columns, _WIDEST), colour=colour, encoding=encoding)


def write_out(text: str) -> None:
    """Write to stdout. A reader that went away (`| head`) is no error.

    Raises `UsageError` where stdout cannot take it, such as a full disk.
    """
    if sys.stdout is None:
        raise UsageError("stdout is closed: nothing can be shown", hint="--output FILE needs none")
    try:
        sys.stdout.write(_carried(text, sys.stdout))
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would raise once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise UsageError(f"stdout: {error.strerror or error}") from error


def write_line(text: str) -> None:
    """Write a line to stdout, as `write_out` does."""
    write_out(f"{text}\n")


def write_error(text: str) -> None:
    """Write a line to stderr, whatever its encoding; nothing happens where there is none."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(_carried(text, sys.stderr) + "\n")
        sys.stderr.flush()


def _carried(text: str, stream: TextIO) -> str:
    """The text with what the stream's encoding cannot carry written out."""
    encoding = stream.encoding or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def write_file(path: Path, text: str) -> None:
    """Write the file whole or not at all; a device or a pipe is written to as it is.

    Raises `UsageError`.
    """
    try:
        real = path.resolve()
        if real.exists() and not real.is_file():
            real.write_text(text, encoding="utf-8")
        else:
            _replace(real, text)
    except OSError as error:
        raise UsageError(f"--output {path}: {error.strerror or error}") from error


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), _mode(path))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    """The permissions of the file that is there, else those that the umask leaves."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
