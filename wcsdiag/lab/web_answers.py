"""What the stand-in web server answers, as data."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

from wcsdiag.lab.scenario import Behaviour, LabWebServer

_JSON = "application/json;charset=UTF-8"
_HTML = "text/html; charset=utf-8"
_PAGE = b"<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body>It works!</body></html>\n"


@dataclass(frozen=True)
class Reply:
    """Status, headers beside the length, and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


def json_reply(body: bytes, status: int = 200) -> Reply:
    """A reply with a JSON body."""
    return Reply(status, {"Content-Type": _JSON}, body)


def page(status: int) -> Reply:
    """An HTML page, as web servers show one with an error."""
    return Reply(status, {"Content-Type": _HTML}, _PAGE)


def not_admitted(spec: LabWebServer, authorization: str, body: bytes) -> Reply | None:
    """The refusal where the hook lacks the credentials or the signature that are asked for."""
    if spec.basic is not None:
        wanted = base64.b64encode(":".join(spec.basic).encode()).decode()
        if authorization != f"Basic {wanted}":
            return _unauthorized("Basic")
    if spec.hmac_key is not None:
        digest = hmac.new(spec.hmac_key.encode(), body, "md5").hexdigest()
        if authorization != f"WCS {digest}":
            return page(403) if spec.refusal == 403 else _unauthorized("WCS")
    return None


def reply_to(spec: LabWebServer, body: bytes) -> Reply:
    """The answer to an admitted hook, for the behaviours that are an answer."""
    match spec.behaviour:
        case Behaviour.UNAUTHORIZED:
            return _unauthorized("Basic")
        case Behaviour.METHOD_NOT_ALLOWED:
            return Reply(405, {"Content-Type": _HTML, "Allow": "GET"}, _PAGE)
        case Behaviour.REDIRECT:
            return Reply(302, {"Location": "/login"})
        case Behaviour.FIELDS_LOST:
            return json_reply(json.dumps({"appKey": _field(body, "appKey")}).encode())
        case Behaviour.TEXT_TYPE:
            return Reply(200, {"Content-Type": "text/plain"}, body)
        case Behaviour.ESCAPES:
            return Reply(500, {"Content-Type": "text/plain"}, b"\x1b[2J\x1b]0;owned\x07\xff\xfe\n")
        case Behaviour.HTML:
            return page(200)
    fixed = _STATUS_PAGES.get(spec.behaviour)
    if fixed is not None:
        return page(fixed)
    return json_reply(_BODIES.get(spec.behaviour, body))


def echo_app(path: str, prefix: str, body: bytes) -> Reply:
    """The built-in EchoApp: the hook's own body under its path, 404 elsewhere."""
    return json_reply(body) if path.startswith(f"{prefix}/") else page(404)


_STATUS_PAGES = {
    Behaviour.NOT_FOUND: 404,
    Behaviour.SERVER_ERROR: 500,
    Behaviour.FORBIDDEN: 403,
}
_BODIES = {
    Behaviour.EMPTY: b"",
    Behaviour.JSON_ARRAY: b"[]",
    Behaviour.NOT_JSON: b'{"appKey": ',
}


def _unauthorized(scheme: str) -> Reply:
    challenge = 'Basic realm="lab"' if scheme == "Basic" else scheme
    return Reply(401, {"Content-Type": _HTML, "WWW-Authenticate": challenge}, _PAGE)


def _field(body: bytes, name: str) -> object:
    try:
        hook = json.loads(body)
    except ValueError:
        return None
    return hook.get(name) if isinstance(hook, dict) else None
