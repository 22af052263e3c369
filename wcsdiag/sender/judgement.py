"""One answer against the contract, in words, and what mends it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from wcsdiag.hooks.catalogue import Kind, find
from wcsdiag.hooks.contract import Flaw, Violation, judge
from wcsdiag.hooks.exchange import Exchange, Failure, JsonObject
from wcsdiag.sender.remarks import Remark, Tone

_MENDS = {
    Flaw.STATUS: "Answer 200 OK; 403 is the one other status that WCS has a meaning for.",
    Flaw.CONTENT_TYPE: "Send `Content-Type: application/json`: WCS cannot read the body without.",
    Flaw.EMPTY: "Answer with the JSON object that came in.",
    Flaw.HTML: "This is a page for people: the REST URL leads to another place than the handler, "
    "or the handler is behind a login or an error page.",
    Flaw.NOT_JSON: "Answer with the JSON object that came in.",
    Flaw.NOT_OBJECT: "Answer with one JSON object: the one that came in.",
    Flaw.TOO_LARGE: "Answer with the fields of the hook and nothing else.",
    Flaw.LOST_FIELDS: "Send back every field that came in, also those that the handler does not "
    "know: a model with fixed fields drops them.",
    Flaw.FIXED_FIELDS: "Send back nodeId, sessionId and appKey as they came: WCS lets nobody "
    "redefine them.",
    Flaw.CLIENT_CONFIG: "Use the vendor's names and values for restClientConfig.",
}
_UNREACHABLE = "Start the web server, or correct the REST URL or the firewall: `wcsdiag all` says "
_FAILURE_MENDS = {
    Failure.NAME_NOT_FOUND: "Correct the name in the REST URL, or add it to the name servers.",
    Failure.CONNECT_TIMED_OUT: _UNREACHABLE + "which.",
    Failure.REFUSED: _UNREACHABLE + "which.",
    Failure.UNREACHABLE: _UNREACHABLE + "which.",
    Failure.RESET: "See the web server's log: it dropped the connection without an answer.",
    Failure.CLOSED_EARLY: "See the web server's log: it closed the connection before the end.",
    Failure.TIMED_OUT: "Make the handler answer first and work later, or raise "
    "rest_request_timeout in flashphoner.properties.",
    Failure.TLS: "Mend the certificate or the protocols: `wcsdiag all` says which.",
    Failure.NOT_HTTP: "Correct scheme and port of the REST URL.",
}


def remarks_on(exchange: Exchange) -> Iterator[Remark]:
    """Everything that is against the contract; nothing where the answer is right."""
    if exchange.failure is Failure.NOT_SEEN:
        yield Remark(Tone.UNKNOWN, exchange.method, exchange.error or exchange.failure.value)
        return
    if exchange.failure is not None:
        text = f"{exchange.failure.value}: {exchange.error or 'nothing more is known'}"
        mend = _FAILURE_MENDS.get(exchange.failure, "")
        yield Remark(Tone.WRONG, exchange.method, text, mend)
        return
    for violation in judge(exchange):
        yield _remark(exchange, violation)
    if exchange.closed_in_use:
        yield Remark(
            Tone.NOTE,
            exchange.method,
            "the web server closed the connection just as the hook was sent, though it had not "
            "said `Connection: close`; the hook was sent once more",
            "Keep idle connections open longer, or answer with `Connection: close`.",
        )


def _remark(exchange: Exchange, violation: Violation) -> Remark:
    if violation.flaw is Flaw.REFUSED:
        return Remark(Tone.WRONG, exchange.method, *_refused(exchange.method))
    detail = violation.detail
    if violation.flaw is Flaw.STATUS:
        text = f"the status is {detail}, not 200"
        return Remark(Tone.WRONG, exchange.method, text, _mend_of_status(exchange))
    text = f"{violation.flaw.value}: {detail}"
    return Remark(Tone.WRONG, exchange.method, text, _MENDS.get(violation.flaw, ""))


def _refused(method: str) -> tuple[str, str]:
    known = find(method)
    if known is not None and not known.can_decline:
        text = "refused (403), though this REST method announces what nobody can decline"
        return text, "Answer 200 OK, and decline with the method that asks."
    text = "refused (403): WCS would decline what the client asks for"
    mend = (
        "If only real clients are let in, this is right: the hook is synthetic. Else see why the "
        "handler refuses; with rest_hook_send_hash, whether both sides have the same key."
    )
    return text, mend


def _mend_of_status(exchange: Exchange) -> str:
    status = exchange.status or 0
    if status == 401:
        return (
            "The web server wants credentials: give the app its REST user (`update app -u -p`), "
            "or let the REST URL in without."
        )
    if status in {404, 405}:
        return f"Answer POST at {exchange.url}, or correct the REST URL."
    if 300 <= status < 400:
        return "Put the place that it redirects to into the REST URL."
    if status >= 500:
        return "See the web server's log: its handler failed."
    return _MENDS[Flaw.STATUS]


def answer_of(exchange: Exchange) -> JsonObject | None:
    """The JSON object of an answer; None where there is none."""
    try:
        answer = json.loads(exchange.answer_text or "")
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, Mapping) else None


def is_connect(method: str) -> bool:
    """True for the method that opens a session."""
    known = find(method)
    return known is not None and known.kind is Kind.CONNECT
