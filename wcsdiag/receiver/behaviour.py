"""How a web server answers a hook: as it should, or wrong in one way."""

from __future__ import annotations

from enum import Enum


class Behaviour(Enum):
    """How the web server answers a hook."""

    ECHO = "200 and the body of the hook"
    NOT_FOUND = "404"
    SERVER_ERROR = "500"
    UNAUTHORIZED = "401, wants Basic authentication"
    FORBIDDEN = "403"
    METHOD_NOT_ALLOWED = "405"
    REDIRECT = "302"
    HTML = "200 and an HTML page"
    EMPTY = "200 and no body"
    TEXT_TYPE = "200 and JSON as text/plain"
    JSON_ARRAY = "200 and a JSON array"
    NOT_JSON = "200 and broken JSON as application/json"
    FIELDS_LOST = "200 and only one of the fields"
    FIXED_FIELDS_CHANGED = "200 and other values of nodeId, appKey and sessionId"
    BAD_CLIENT_CONFIG = "200 and, to connect, a restClientConfig with wrong names and values"
    ESCAPES = "500 and terminal escapes and bytes that are not UTF-8"
    SLOW = "200 after a delay"
    DRIP = "200 and a byte a second"
    HUGE = "200 and a body of 1 GiB"
    CLOSES_EARLY = "closes the connection without an answer"
    RESETS = "resets the connection without an answer"
    NEVER_ANSWERS = "takes the hook and never answers"
    CLOSES_IDLE_CONNECTION = "200, promises to keep the connection, and closes it"
    NOT_HTTP = "answers like a mail server"


FAULTS = {
    "status-401": Behaviour.UNAUTHORIZED,
    "status-403": Behaviour.FORBIDDEN,
    "status-404": Behaviour.NOT_FOUND,
    "status-405": Behaviour.METHOD_NOT_ALLOWED,
    "status-500": Behaviour.SERVER_ERROR,
    "redirect": Behaviour.REDIRECT,
    "html": Behaviour.HTML,
    "empty": Behaviour.EMPTY,
    "text-type": Behaviour.TEXT_TYPE,
    "json-array": Behaviour.JSON_ARRAY,
    "not-json": Behaviour.NOT_JSON,
    "fields-lost": Behaviour.FIELDS_LOST,
    "fixed-fields-changed": Behaviour.FIXED_FIELDS_CHANGED,
    "bad-client-config": Behaviour.BAD_CLIENT_CONFIG,
    "escapes": Behaviour.ESCAPES,
    "slow": Behaviour.SLOW,
    "drip": Behaviour.DRIP,
    "huge": Behaviour.HUGE,
    "closes-early": Behaviour.CLOSES_EARLY,
    "resets": Behaviour.RESETS,
    "never-answers": Behaviour.NEVER_ANSWERS,
    "closes-idle-connection": Behaviour.CLOSES_IDLE_CONNECTION,
    "not-http": Behaviour.NOT_HTTP,
}
"""Every behaviour but the right one, under the name by which it is asked for."""
