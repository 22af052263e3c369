"""Thinning out a log on its host: hooks and errors are left, their bodies are not."""

from __future__ import annotations

from dataclasses import dataclass

from wcsdiag.host.interface import CommandResult, Host, HostError, HostFailure
from wcsdiag.logs.records import LINE_LIMIT

MIB = 1 << 20
MATCHES = 8 * MIB
ERRORS = 4 * MIB
BLOCK = 64 * 1024

GREP_TIMEOUT_S = 20.0
"""A gigabyte that is not in the host's memory takes its disk longer than most commands may."""

# One pass of `grep -E`: it is as fast as one literal, where `grep -F` with several is a tenth of
# it. Context: the first line of a record before an exception; a hook's body, a stack trace after
# it. The newest output is kept where there is too much. `dd` moves to the beginning unread.
_THIN = (
    "{ dd bs=65536 skip=%s count=0 2>/dev/null; LC_ALL=C grep -a -E -B 2 -A 32 -e %s; } < %s "
    "| LC_ALL=C awk -v longest=%s %s | tail -c %s"
)
_UNPACK = (
    "gzip -dc -- %s | LC_ALL=C grep -a -E -B 2 -A 32 -e %s "
    "| LC_ALL=C awk -v longest=%s %s | tail -c %s"
)
_ERRORS = "ERROR|FATAL|SEVERE|WARN|xception|Error"
_HOOKS_AND_ERRORS = f"REST OBJECT|{_ERRORS}"

# Whole records, but of bodies only what tells one session from another; of answers less.
_KEEP = r"""
length($0) > longest { $0 = substr($0, 1, longest) }
/^[[0-9\033]/ && substr($0, 1, 60) ~ /[0-9]:[0-5][0-9]:[0-5][0-9]/ {
  head = $0; kind = 0
  if (/SEND REST OBJECT/) kind = 1
  else if (/RECEIVED REST OBJECT/) kind = 2
  else if (/ERROR|FATAL|SEVERE|WARN|xception|Error/) kind = 3
  if (kind) print
  next
}
/^--$/ { head = ""; kind = 0; next }
kind == 1 {
  if (/^URL:|"(appKey|sessionId|status|callId|mediaSessionId|name|sipRegisterRequired)"/) print
  next
}
kind == 2 { if (/^URL:|"(sessionId|callId|mediaSessionId)"/) print; next }
kind == 3 { print substr($0, 1, 1000); next }
head != "" && /xception|Error/ { print head; print; kind = 3 }
"""


@dataclass(frozen=True)
class Thinned:
    """What was left. `is_cut`: there was more, and the newest was kept.

    `complaint` is what the host's tools said; where nothing is left, that may be the reason.
    """

    data: bytes
    is_cut: bool
    complaint: str


def thin(host: Host, path: str, offset: int, *, root: bool) -> Thinned:
    """The hooks and errors of a log from `offset`, rounded down to 64 KiB. Raises `HostError`."""
    return _run(host, path, offset, _HOOKS_AND_ERRORS, MATCHES, root=root)


def thin_errors(host: Host, path: str, offset: int, *, root: bool) -> Thinned:
    """The errors alone, where they and the hooks are too much. Raises `HostError`."""
    return _run(host, path, offset, _ERRORS, ERRORS, root=root)


def thin_packed(host: Host, path: str, *, root: bool) -> Thinned:
    """The hooks and errors of a whole log that gzip made small. Raises `HostError`."""
    result = host.run(
        _UNPACK,
        path,
        _HOOKS_AND_ERRORS,
        str(LINE_LIMIT),
        _KEEP,
        str(MATCHES),
        root=root,
        limit=MATCHES,
        timeout_s=GREP_TIMEOUT_S,
    )
    return _thinned(result, MATCHES)


def is_lost(error: HostError) -> bool:
    """True where the connection is to blame, not the log."""
    return error.reason in {HostFailure.LOST, HostFailure.CLOSED_EARLY}


def _run(host: Host, path: str, offset: int, pattern: str, limit: int, *, root: bool) -> Thinned:
    result = host.run(
        _THIN,
        str(offset // BLOCK),
        pattern,
        path,
        str(LINE_LIMIT),
        _KEEP,
        str(limit),
        root=root,
        limit=limit,
        timeout_s=GREP_TIMEOUT_S,
    )
    return _thinned(result, limit)


def _thinned(result: CommandResult, limit: int) -> Thinned:
    is_cut = len(result.stdout) >= limit
    return Thinned(result.stdout, is_cut, result.error_text[:200])
