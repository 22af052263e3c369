"""Why no HTTP answer came, told from the exception and from what went over the stream."""

from __future__ import annotations

import http.client
import ssl

from wcsdiag.errors import words_of
from wcsdiag.net.bounded import BoundedStream
from wcsdiag.net.probe import Outcome

_TLS_ALERT = b"\x15\x03"
_LONGEST = 300


def failure_of(error: BaseException, watched: BoundedStream) -> tuple[Outcome, str]:
    """The outcome and its words. `watched` is the bounded connection that the error came over."""
    chain = _chain(error)
    text = words_of(chain[-1])[:_LONGEST]
    if watched.timed_out:
        return Outcome.TIMED_OUT, _progress(watched)
    if any(isinstance(each, ssl.SSLError) for each in chain):
        return Outcome.TLS_FAILED, text
    if watched.was_reset:
        return Outcome.RESET, text
    if any(isinstance(each, http.client.IncompleteRead) for each in chain):
        return Outcome.CLOSED_EARLY, f"the connection was closed in the answer: {text}"
    if any(isinstance(each, http.client.RemoteDisconnected) for each in chain):
        return Outcome.CLOSED_EARLY, "the connection was closed without an answer"
    if watched.beginning.startswith(_TLS_ALERT):
        return Outcome.NOT_HTTP, "the answer is a TLS alert: this port expects https"
    begins = f"the answer begins with {watched.quoted_beginning}"
    if any(isinstance(each, http.client.BadStatusLine) for each in chain):
        return Outcome.NOT_HTTP, begins
    return Outcome.NOT_HTTP, f"{text}; {begins}"


def _progress(watched: BoundedStream) -> str:
    if not watched.received:
        return "not a byte of an answer"
    return f"the answer was not complete; {watched.received} bytes had come"


def _chain(error: BaseException) -> list[BaseException]:
    """The exceptions from the outermost to the first, also where they are only arguments."""
    chain = [error]
    while len(chain) < 10:
        last = chain[-1]
        inner = [argument for argument in last.args if isinstance(argument, BaseException)]
        deeper = getattr(last, "reason", None) or last.__cause__ or last.__context__
        following = inner[-1] if inner else deeper
        if not isinstance(following, BaseException) or following in chain:
            return chain
        chain.append(following)
    return chain
