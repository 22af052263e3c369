"""What a file of hooks is, told by its first bytes: a capture, a recording, or text as a log is."""

from __future__ import annotations

import gzip
import zlib
from enum import Enum
from pathlib import Path

from wcsdiag.errors import UsageError

_GZIP = b"\x1f\x8b"
_CAPTURES = (
    b"\xa1\xb2\xc3\xd4",
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x4d\x3c\xb2\xa1",
    b"\x0a\x0d\x0d\x0a",
)
_HEAD = 4096


class FileKind(Enum):
    """The value says what it is, and which command reads it."""

    EMPTY = "it is empty"
    CAPTURE = "it is a capture: `wcsdiag trace` reads it"
    RECORDING = "it is a recording of `wcsdiag serve`: `wcsdiag replay` sends it again"
    TEXT = "it is text: `wcsdiag logs` reads the logs of WCS"
    OTHER = "it is none of the files that wcsdiag knows"


def kind_of(path: Path) -> FileKind:
    """What the file is. Raises `UsageError` where it cannot be read or unpacked."""
    from wcsdiag.receiver.recording import is_recording

    head = _beginning(path)
    if not head:
        return FileKind.EMPTY
    if head.startswith(_CAPTURES):
        return FileKind.CAPTURE
    if is_recording(head):
        return FileKind.RECORDING
    return FileKind.OTHER if b"\0" in head or not _is_text(head) else FileKind.TEXT


def _is_text(head: bytes) -> bool:
    """A few bytes of another encoding do not make it something else."""
    strange = head.decode(errors="replace").count("\ufffd")
    return strange * 10 < len(head)


def _beginning(path: Path) -> bytes:
    """The first bytes, unpacked where the file is packed."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name
        raise UsageError(f"{str(path)!r}: {error}") from error
    if not head.startswith(_GZIP):
        return head
    try:
        with gzip.open(path) as unpacked:
            return unpacked.read(_HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path}: it cannot be unpacked: {error}") from error
