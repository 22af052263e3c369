"""What an answer to a hook must look like, and everything by which one can fall short.

Sources: wcs.md 3.3 (response rules), 3.4 (restClientConfig), 12 (fields).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from wcsdiag.hooks.catalogue import Kind, find
from wcsdiag.hooks.exchange import Exchange, JsonObject, Outcome, Source
from wcsdiag.hooks.rest_client_config import problems_of

FIXED_FIELDS = ("nodeId", "sessionId", "appKey")
"""Fields that a web server cannot redefine."""

_CLIENT_CONFIG = "restClientConfig"
_HTML = ("<!doctype html", "<html", "<head", "<body")
_MEDIA_TYPE = "application/json"


class Flaw(Enum):
    """One way in which an answer breaks the contract."""

    NO_ANSWER = "no HTTP answer came"
    STATUS = "the status is not 200"
    REFUSED = "the web server refuses the hook (403)"
    CONTENT_TYPE = "the Content-Type is not application/json"
    EMPTY = "the body is empty"
    HTML = "the body is an HTML page"
    NOT_JSON = "the body is not JSON"
    NOT_OBJECT = "the body is JSON, but not an object"
    TOO_LARGE = "the body is larger than wcsdiag reads"
    LOST_FIELDS = "fields of the hook do not come back"
    FIXED_FIELDS = "fields that cannot be redefined come back changed"
    CLIENT_CONFIG = "restClientConfig is malformed"


_UNREADABLE = frozenset({Flaw.CONTENT_TYPE, Flaw.HTML, Flaw.NOT_JSON, Flaw.NOT_OBJECT})


@dataclass(frozen=True)
class Violation:
    """One flaw, with what was seen. `names` are the fields concerned, where it is about fields."""

    flaw: Flaw
    detail: str
    names: tuple[str, ...] = ()


def judge(exchange: Exchange) -> tuple[Violation, ...]:
    """Everything that is wrong with the answer of an exchange; empty where all is well.

    After a status other than 200 nothing else is judged. A 403 is an answer that the contract
    allows, and is listed all the same: who judges knows what it means for the hook's kind. A log
    shows of an answer only the object that WCS read from it: there its fields alone are judged.
    """
    is_logged = exchange.source is Source.LOG and exchange.status is None
    if is_logged and exchange.outcome is Outcome.ANSWERED:
        return tuple(_of_logged_answer(exchange))
    if exchange.status is None:
        return (Violation(Flaw.NO_ANSWER, exchange.error or "no answer"),)
    if exchange.status == 403:
        return (Violation(Flaw.REFUSED, "403"),)
    if exchange.status != 200:
        return (Violation(Flaw.STATUS, str(exchange.status)),)
    return tuple(_of_answer(exchange))


def is_unusable(violation: Violation, method: str) -> bool:
    """True where WCS cannot work with such an answer: it reads no JSON there, or misses fields.

    Fields must come back from `connect`; from others that is only recommended. What WCS makes of
    an empty body or of a malformed restClientConfig is not documented (wcs.md 3.3, 3.4).
    """
    lost = violation.flaw is Flaw.LOST_FIELDS and _is_connect(method)
    return lost or violation.flaw in _UNREADABLE


def is_json_type(content_type: str | None) -> bool:
    """True for `application/json`, whatever its parameters."""
    return (content_type or "").partition(";")[0].strip().lower() == _MEDIA_TYPE


def has_all_fields(exchange: Exchange) -> bool:
    """True where the answer is plainly an object with the hook's fields and no restClientConfig.

    As `judge` would find, for a tenth of the work: most answers are like this.
    """
    text, request = exchange.answer_text or "", exchange.request
    if text == exchange.request_text:
        return _CLIENT_CONFIG not in request
    if exchange.answer_truncated or _CLIENT_CONFIG in text:
        return False
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(answer, dict)
        and answer.keys() >= request.keys()
        and all(answer.get(name) == request.get(name) for name in FIXED_FIELDS if name in request)
    )


def _of_answer(exchange: Exchange) -> Iterator[Violation]:
    if not is_json_type(exchange.content_type):
        yield Violation(Flaw.CONTENT_TYPE, exchange.content_type or "no Content-Type header")
    answer = _parsed(exchange)
    if isinstance(answer, Violation):
        yield answer
    else:
        yield from _of_fields(exchange, answer)


def _of_logged_answer(exchange: Exchange) -> Iterator[Violation]:
    answer = _parsed(exchange)
    if not isinstance(answer, Violation):
        yield from _of_fields(exchange, answer)


def _parsed(exchange: Exchange) -> JsonObject | Violation:
    text = (exchange.answer_text or "").lstrip("\ufeff").strip()
    if text[:20].lower().startswith(_HTML):
        return Violation(Flaw.HTML, text[:80])
    if exchange.answer_truncated:
        return Violation(Flaw.TOO_LARGE, f"cut after {len(exchange.answer_text or '')} characters")
    if not text:
        return Violation(Flaw.EMPTY, "no body")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Violation(Flaw.NOT_JSON, str(error))
    if not isinstance(answer, dict):
        return Violation(Flaw.NOT_OBJECT, _json_type(answer))
    return answer


def _of_fields(exchange: Exchange, answer: JsonObject) -> Iterator[Violation]:
    lost = tuple(name for name in exchange.request if name not in answer)
    if lost:
        yield Violation(Flaw.LOST_FIELDS, ", ".join(lost), lost)
    changed = tuple(
        name
        for name in FIXED_FIELDS
        if name in answer and name in exchange.request and answer[name] != exchange.request[name]
    )
    if changed:
        yield Violation(Flaw.FIXED_FIELDS, ", ".join(changed), changed)
    if _is_connect(exchange.method) and _CLIENT_CONFIG in answer:
        for problem in problems_of(answer[_CLIENT_CONFIG]):
            yield Violation(Flaw.CLIENT_CONFIG, problem)


def _is_connect(method: str) -> bool:
    known = find(method)
    return known is not None and known.kind is Kind.CONNECT


def _json_type(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
