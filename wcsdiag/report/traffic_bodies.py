"""Bodies of hooks and answers as a format may show them: without secrets, and bounded."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from wcsdiag.hooks.exchange import JsonObject
from wcsdiag.hooks.masking import masked
from wcsdiag.report.json_format import Json
from wcsdiag.report.traffic_words import outside

_WIDEST_NUMBER = 1024


def body_text(text: str, most: int) -> str:
    """A body on one line, cut: an object with its secrets masked by name, or the text."""
    body = parsed_body(text)
    return outside(text.strip() if body is None else json.dumps(masked_body(body)), most)


def masked_body(body: JsonObject) -> Json:
    """The object with the values of secret names masked, as JSON can carry it."""
    return _plain(masked(body))


def _plain(value: object) -> Json:
    """The value as JSON can carry it: no NaN, no number of many pages."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, int) and value.bit_length() > _WIDEST_NUMBER:
        return f"{hex(value)[:_WIDEST_NUMBER]}..."
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, str | int | float) else str(value)


def parsed_body(text: str | None) -> JsonObject | None:
    """The JSON object that the text is; None where it is none."""
    if not text or not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return None
    try:
        answer = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
