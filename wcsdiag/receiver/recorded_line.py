"""One exchange as a line of JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime

from wcsdiag.hooks.exchange import Exchange, Failure, JsonObject, Source
from wcsdiag.hooks.masking import masked
from wcsdiag.redact.forms import MASK
from wcsdiag.redact.shapes import redact_shapes

_LONGEST_TEXT = 1 << 20
# The place of a recorded exchange is its line in the recording.
_NOT_WRITTEN = frozenset({"source", "request", "place"})
_LARGEST_NUMBER = 1 << 53
_DEEPEST = 64


class BadLineError(ValueError):
    """A line that is no exchange; the text says why."""


def line_of(exchange: Exchange, *, keep_secrets: bool) -> str:
    """The exchange as JSON without a line end; secrets masked unless they are to be kept."""
    written: dict[str, object] = {}
    for field in fields(Exchange):
        value = getattr(exchange, field.name)
        if field.name in _NOT_WRITTEN or value in (None, "", False):
            continue
        written[field.name] = _written(value, keep_secrets=keep_secrets)
    for kind in ("request", "answer"):
        text = getattr(exchange, f"{kind}_text")
        if text is not None:
            _write_body(written, kind, text, keep_secrets=keep_secrets)
    return json.dumps(written, ensure_ascii=False, separators=(",", ":"))


def exchange_of(line: bytes, place: str) -> Exchange:
    """The exchange that a line holds; fields that are not known are ignored.

    Raises `BadLineError`.
    """
    read = _object(line)
    if not isinstance(read, dict):
        raise BadLineError("it is not a JSON object")
    values = {name: value for name, value in read.items() if value is not None}
    for name in ("method", "url"):
        if name not in values:
            raise BadLineError(f"it has no {name!r}")
    text = _text(values, "request_text")
    return Exchange(
        source=Source.RECORDING,
        method=_text(values, "method") or "",
        url=_text(values, "url") or "",
        request=json_object(text or ""),
        sent_at=_moment(values),
        status=_count(values, "status"),
        content_type=_text(values, "content_type"),
        answer_text=_text(values, "answer_text"),
        answer_truncated=_flag(values, "answer_truncated"),
        seconds=_seconds(values, "seconds"),
        error=_text(values, "error"),
        failure=_failure(values),
        request_text=text,
        request_truncated=_flag(values, "request_truncated"),
        first_byte_s=_seconds(values, "first_byte_s"),
        request_bytes=_count(values, "request_bytes"),
        answer_bytes=_count(values, "answer_bytes"),
        place=place,
        connection=_text(values, "connection") or "",
        closed_in_use=_flag(values, "closed_in_use"),
    )


def json_object(text: str) -> JsonObject:
    """The object that a body holds; empty where it holds none."""
    read = _object(text)
    return read if isinstance(read, dict) else {}


def _object(text: str | bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _written(value: object, *, keep_secrets: bool) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Failure):
        return value.name
    if isinstance(value, str) and not keep_secrets:
        return redact_shapes(value)
    return value


def _write_body(written: dict[str, object], kind: str, text: str, *, keep_secrets: bool) -> None:
    if not keep_secrets:
        text = _masked_body(text)
    written[f"{kind}_text"] = text[:_LONGEST_TEXT]
    if len(text) > _LONGEST_TEXT:
        written[f"{kind}_truncated"] = True


def _masked_body(text: str) -> str:
    """The body without secrets, and otherwise whole: verbatim where it holds none."""
    body = _object(text)
    if not isinstance(body, dict):
        return redact_shapes(text)
    hidden = _without_secrets(body, 0)
    if hidden == body:
        return text
    return json.dumps(hidden, ensure_ascii=False, separators=(",", ":"))


def _without_secrets(value: object, depth: int) -> object:
    if isinstance(value, str):
        return redact_shapes(value)
    if not isinstance(value, dict | list):
        return value
    if depth > _DEEPEST:
        return MASK
    if isinstance(value, list):
        return [_without_secrets(entry, depth + 1) for entry in value]
    return {
        name: MASK if _names_a_secret(name) and entry else _without_secrets(entry, depth + 1)
        for name, entry in value.items()
    }


def _names_a_secret(name: str) -> bool:
    return masked({name: "?"}) != {name: "?"}


def _text(values: Mapping[str, object], name: str) -> str | None:
    value = values.get(name)
    if value is None or isinstance(value, str):
        return value
    raise BadLineError(f"{name!r} is not a text")


def _flag(values: Mapping[str, object], name: str) -> bool:
    value = values.get(name, False)
    if isinstance(value, bool):
        return value
    raise BadLineError(f"{name!r} is neither true nor false")


def _count(values: Mapping[str, object], name: str) -> int | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST_NUMBER:
        return value
    raise BadLineError(f"{name!r} is not a number of its kind")


def _seconds(values: Mapping[str, object], name: str) -> float | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadLineError(f"{name!r} is not a number of seconds")
    if not 0 <= value < _LARGEST_NUMBER:
        raise BadLineError(f"{name!r} is {value}, which is no number of seconds")
    return float(value)


def _moment(values: Mapping[str, object]) -> datetime | None:
    text = _text(values, "sent_at")
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadLineError("'sent_at' is not a time in ISO 8601") from error
    if moment.utcoffset() is None:
        raise BadLineError("'sent_at' has no offset from UTC")
    return moment


def _failure(values: Mapping[str, object]) -> Failure | None:
    name = _text(values, "failure")
    if name is None:
        return None
    # A later version may know more kinds; that it failed is what counts.
    return Failure.__members__.get(name, Failure.OTHER)
