"""Answers as data, and who gets none."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

from wcsdiag.hooks.catalogue import CONNECT
from wcsdiag.hooks.contract import FIXED_FIELDS
from wcsdiag.hooks.signature import basic_header, hash_header
from wcsdiag.receiver.behaviour import Behaviour
from wcsdiag.receiver.recorded_line import json_object
from wcsdiag.redact import Secret

_JSON = "application/json;charset=UTF-8"
_HTML = "text/html; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"
_PAGE = b"<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body>It works!</body></html>\n"
_WRONG_CLIENT_CONFIG = {
    "connect": {"restOnError": "IGNORE", "restPolicy": "REPLACE"},
    "noSuchMethod": {"restOnError": "LOG"},
    "ConnectionStatusEvent": {"restExclude": ["sdp"], "noSuchOption": ""},
}


@dataclass(frozen=True)
class Reply:
    """Status, headers beside the length, and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Admission:
    """What a hook must bring: user and password, or a body signed with the hash key.

    `refusal` is the status of an answer to a wrong signature.
    """

    basic: tuple[str, Secret] | None = None
    hash_key: Secret | None = None
    refusal: int = 403

    def refuse(self, authorization: str, body: bytes) -> Reply | None:
        """The refusal where the hook lacks what is asked for."""
        if self.basic is not None and not _same(authorization, basic_header(*self.basic)):
            return _unauthorized("Basic")
        if self.hash_key is not None and not _same(authorization, hash_header(body, self.hash_key)):
            return page(403) if self.refusal == 403 else _unauthorized("WCS")
        return None


def json_reply(body: bytes, status: int = 200) -> Reply:
    """A reply with a JSON body."""
    return Reply(status, {"Content-Type": _JSON}, body)


def page(status: int) -> Reply:
    """An HTML page, as web servers show one with an error."""
    return Reply(status, {"Content-Type": _HTML}, _PAGE)


def text_reply(status: int, text: str) -> Reply:
    """A line of text for whoever sent what is not a hook."""
    return Reply(status, {"Content-Type": _TEXT}, f"{text}\n".encode())


def reply_to(behaviour: Behaviour, method: str, body: bytes) -> Reply:
    """The answer to an admitted hook, as far as the behaviour shows in the answer's content."""
    match behaviour:
        case Behaviour.FIELDS_LOST:
            return json_reply(_json({"appKey": json_object(_text(body)).get("appKey")}))
        case Behaviour.FIXED_FIELDS_CHANGED:
            return json_reply(_with(body, dict.fromkeys(FIXED_FIELDS, "changed-on-purpose")))
        case Behaviour.BAD_CLIENT_CONFIG if method.lower() == CONNECT.name:
            return json_reply(_with(body, {"restClientConfig": _WRONG_CLIENT_CONFIG}))
        case Behaviour.TEXT_TYPE:
            return Reply(200, {"Content-Type": "text/plain"}, body)
        case _:
            return _FIXED.get(behaviour) or json_reply(body)


def _unauthorized(scheme: str) -> Reply:
    challenge = 'Basic realm="hooks"' if scheme == "Basic" else scheme
    return Reply(401, {"Content-Type": _HTML, "WWW-Authenticate": challenge}, _PAGE)


_FIXED = {
    Behaviour.UNAUTHORIZED: _unauthorized("Basic"),
    Behaviour.FORBIDDEN: page(403),
    Behaviour.NOT_FOUND: page(404),
    Behaviour.METHOD_NOT_ALLOWED: Reply(405, {"Content-Type": _HTML, "Allow": "GET"}, _PAGE),
    Behaviour.SERVER_ERROR: page(500),
    Behaviour.REDIRECT: Reply(302, {"Location": "/login"}),
    Behaviour.HTML: page(200),
    Behaviour.EMPTY: json_reply(b""),
    Behaviour.JSON_ARRAY: json_reply(b"[]"),
    Behaviour.NOT_JSON: json_reply(b'{"appKey": '),
    Behaviour.ESCAPES: Reply(
        500, {"Content-Type": "text/plain"}, b"\x1b[2J\x1b]0;owned\x07\xff\xfe\n"
    ),
}


def _same(given: str, wanted: Secret) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.reveal().encode())


def _with(body: bytes, changed: Mapping[str, object]) -> bytes:
    return _json({**json_object(_text(body)), **changed})


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
