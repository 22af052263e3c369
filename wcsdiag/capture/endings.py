"""Why a request has no whole answer, as far as the packets tell."""

from __future__ import annotations

from typing import NamedTuple

from wcsdiag.capture.message import Message
from wcsdiag.hooks.collector import DEFAULT_LIMIT_S
from wcsdiag.hooks.exchange import Failure

_PATIENCE_S = 1.0
"""A client that closes sooner has not waited for the answer."""

_TLS_ALERT = b"\x15\x03"


class Ending(NamedTuple):
    """How a request ended that has no whole answer."""

    failure: Failure
    error: str


PACKETS_LOST = Ending(Failure.NOT_SEEN, "packets are missing in the capture where an answer may be")
GIVEN_UP = Ending(Failure.NOT_SEEN, "too many connections are open: wcsdiag gave this one up")
TOO_MANY = Ending(Failure.NOT_SEEN, "more requests wait on the connection than wcsdiag follows")


def closed(request: Message, at: int, received: int, *, is_reset: bool) -> Ending:
    """The web server ended the connection, having sent so many bytes of the answer."""
    failure = Failure.RESET if is_reset else Failure.CLOSED_EARLY
    what = "reset" if is_reset else "closed"
    part = f"with {received} bytes of the answer sent" if received else "without answer"
    span = _span(request.began, at)
    return Ending(failure, f"the web server {what} the connection {span} after the request, {part}")


def gave_up(request: Message, at: int) -> Ending:
    """The client ended the connection."""
    waited = (at - request.began) / 1e9
    failure = Failure.TIMED_OUT if waited >= _PATIENCE_S else Failure.OTHER
    span = _span(request.began, at)
    return Ending(
        failure,
        f"the client closed the connection {span} after the request: no whole answer had come",
    )


def capture_ended(request: Message, at: int, received: int) -> Ending:
    """The connection is still there when the capture ends."""
    span = _span(request.began, at)
    if received:
        return Ending(Failure.NOT_SEEN, "the capture ends within the answer")
    if request.began and (at - request.began) / 1e9 >= DEFAULT_LIMIT_S and request.is_done:
        return Ending(Failure.TIMED_OUT, f"no answer in {span}, when the capture ends")
    return Ending(Failure.NOT_SEEN, f"the capture ends {span} after the request")


def not_http(data: bytes) -> Ending:
    """What answered does not speak HTTP."""
    if data.startswith(_TLS_ALERT):
        what = "the web server answers with a TLS alert: it expects https on this port"
    else:
        what = f"the answer begins with the bytes {data[:16].hex(' ')}, which is not HTTP"
    return Ending(Failure.NOT_HTTP, what)


def _span(began: int, ended: int) -> str:
    return f"{max(ended - began, 0) / 1e9:.3f} s" if began else "some time"
