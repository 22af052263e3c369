"""Bodies of hooks for display: without secrets, and short."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wcsdiag.hooks.exchange import JsonObject
from wcsdiag.redact.forms import MASK
from wcsdiag.redact.names import ALONE, IN_DATA
from wcsdiag.redact.shapes import redact_shapes

_SECRET_NAME = re.compile(rf"(?i){IN_DATA}|(?:^|[._-])(?:{ALONE})$")
# Each shape of a secret in a text has one of these; looking for them costs far less. The "key" of
# `appKey`, which every body has, is in none: there "api", "access" or "private" stand before it.
_MARKS_OF_SECRETS = (
    *("pass", "pwd", "secret", "token", "authorization", "cookie", "://", "private", "key", "pin"),
    *("credential", "bearer", "jwt"),
)
_NO_MARK = "appkey"
_LONG_TEXT = 1024
_SDP_TEXT = 64
_MOST_ENTRIES = 200
_DEEPEST = 8


def masked(body: JsonObject) -> JsonObject:
    """The same object with the values of secret names masked, however deep, and `sdp` shortened.

    Texts are cut after 1,024 characters, objects and lists after 200 entries, and what is nested
    deeper than eight levels is left out; each cut shows. What stands in a text as a secret would,
    as in a URL with a password, is masked too.
    """
    return _masked_object(body, 0)


def masked_text(text: str, most: int) -> str:
    """A body as text, cut after `most` characters, without what looks like a secret."""
    return _without_secrets(text[:most])


def _without_secrets(text: str) -> str:
    folded = text.casefold().replace(_NO_MARK, " ")
    return redact_shapes(text) if any(mark in folded for mark in _MARKS_OF_SECRETS) else text


def _masked_object(value: Mapping[str, object], depth: int) -> dict[str, object]:
    shown = {
        str(name): _masked_entry(str(name), entry, depth)
        for name, entry, _ in zip(value, value.values(), range(_MOST_ENTRIES), strict=False)
    }
    if len(value) > _MOST_ENTRIES:
        shown["..."] = f"{len(value) - _MOST_ENTRIES} more"
    return shown


def _masked_entry(name: str, value: object, depth: int) -> object:
    if value is None or isinstance(value, bool):
        return value
    if _SECRET_NAME.search(name):
        return MASK if value != "" else value
    if isinstance(value, str) and name.lower() == "sdp":
        return _cut(value, _SDP_TEXT)
    return _masked_value(value, depth + 1)


def _masked_value(value: object, depth: int) -> object:
    if isinstance(value, str):
        return _without_secrets(_cut(value, _LONG_TEXT))
    if not isinstance(value, Mapping | list):
        return value
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        return _masked_object(value, depth)
    more = [f"... {len(value) - _MOST_ENTRIES} more"] if len(value) > _MOST_ENTRIES else []
    return [*(_masked_value(entry, depth + 1) for entry in value[:_MOST_ENTRIES]), *more]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"
