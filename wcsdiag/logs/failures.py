"""What the exception of a failed hook says, as data."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wcsdiag.hooks.exchange import Failure
from wcsdiag.logs.errors_seen import HOOK_FAILED, LoggedError

_LONGEST = 400

_FAILURES = {
    "read timed out": Failure.TIMED_OUT,
    "connect timed out": Failure.CONNECT_TIMED_OUT,
    "connection timed out": Failure.CONNECT_TIMED_OUT,
    "connection refused": Failure.REFUSED,
    "no route to host": Failure.UNREACHABLE,
    "unknown host": Failure.NAME_NOT_FOUND,
    "certificate not trusted": Failure.TLS,
    "certificate not valid now": Failure.TLS,
    "certificate has another name": Failure.TLS,
    "no common TLS version or cipher": Failure.TLS,
    "not TLS": Failure.TLS,
    "TLS failed": Failure.TLS,
    "connection reset": Failure.RESET,
    "no answer": Failure.CLOSED_EARLY,
}
"""By kind of `wcsdiag.logs.known`; any other is OTHER."""

# Spring: `403 Forbidden`; the JDK: `Server returned HTTP response code: 403 for URL: ...`.
_SPRING = re.compile(r"([1-5]\d\d)(?: |$)", re.ASCII)
_JDK = re.compile(r"HTTP response code: ([1-5]\d\d)\b", re.ASCII)
_REFUSED_KIND = "answer refused"
_URL = re.compile(r"""https?://[^\s"'<>;,]{1,400}""")


@dataclass(frozen=True)
class HookFailure:
    """Why a hook failed. `status` is the answer's where the exception names it, else None.

    `failure` is None where an answer came. `url` is one that the exception's text names.
    """

    failure: Failure | None
    status: int | None
    error: str
    url: str


def failure_of(error: LoggedError) -> HookFailure:
    """Read the failure out of what was logged; its text has no secrets."""
    exception, known = error.exception, error.known
    message = " ".join(error.dated.record.message.split())
    if exception is None:
        return HookFailure(Failure.OTHER, None, message[:_LONGEST] or "Got exception", "")
    text = str(exception)
    status = _status(exception.text, known.kind if known else "")
    failure = _FAILURES.get(known.kind if known else "", Failure.OTHER)
    named = _URL.search("\n".join((message, *error.dated.record.lines[:3])))
    return HookFailure(
        None if status is not None else failure,
        status,
        text[:_LONGEST],
        named[0].rstrip(":.") if named else "",
    )


def is_failed_hook(error: LoggedError) -> bool:
    """True where a hook failed; a warning about one is not its end."""
    return error.is_hook and (
        error.exception is not None or HOOK_FAILED in error.dated.record.message.lower()
    )


def _status(text: str, kind: str) -> int | None:
    found = _JDK.search(text) or (_SPRING.match(text) if kind == _REFUSED_KIND else None)
    return int(found[1]) if found else None
