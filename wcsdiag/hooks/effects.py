"""What WCS does when a hook fails: its `restOnError` table (wcs.md 3.5)."""

from __future__ import annotations

from wcsdiag.hooks.catalogue import Kind, find

LOG = "LOG"
FAIL = "FAIL"
DEFAULT_ON_ERROR = LOG
"""What holds for a method that `restClientConfig` does not name (wcs.md 3.4)."""

_DECLINED = "WCS declines the connection, whatever restOnError says: the web client gets FAILED"
_ON_FAIL = {
    Kind.CONNECT: _DECLINED,
    Kind.DIRECT: "WCS logs it and stops; the web client gets an error in the matching event",
    Kind.EVENT: "WCS logs it and goes on; the web client gets an error in ErrorEvent",
    Kind.INCOMING: "WCS logs it and stops; the caller gets 403 FORBIDDEN, the web client an error",
}
_ON_LOG = "WCS only logs it and goes on; the web client is not told"


def effect_of_failure(method: str, rest_on_error: str = DEFAULT_ON_ERROR) -> str:
    """A clause: what the failure of a hook means where `restOnError` is LOG or FAIL.

    A failure is a status other than 200 or no answer. The method's name is compared without case;
    for one that no source names, the effect of FAIL is not known.
    """
    known = find(method)
    if known is not None and known.kind is Kind.CONNECT:
        return _DECLINED
    if rest_on_error.upper() != FAIL:
        return _ON_LOG
    if known is None:
        return "what WCS does is not documented for this REST method"
    return _ON_FAIL[known.kind]
