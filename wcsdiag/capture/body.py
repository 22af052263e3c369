"""The body of a message as text, and as the JSON object that it should be."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping

from wcsdiag.capture.http import BODY_LIMIT
from wcsdiag.capture.message import Message

_WINDOWS = {b"gzip": 31, b"x-gzip": 31, b"deflate": 15}
_RAW_DEFLATE = -15
_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder()
_MOST_MEMBERS = 10_000


def decoded(message: Message) -> tuple[bytes, bool]:
    """The body without its codings, and whether some of it is missing. Never larger than the limit.

    What cannot be unpacked is given as it is.
    """
    body, is_cut = message.body, message.is_cut
    for coding in reversed(message.head.codings):
        bits = _WINDOWS.get(coding)
        if bits is not None and body:
            body, is_short = _unpacked(body, bits)
            is_cut = is_cut or is_short
    return body, is_cut


def text_of(body: bytes) -> str:
    """JSON is UTF-8 (RFC 8259); what is not becomes a replacement character."""
    return body.decode("utf-8", "replace")


def json_object(text: str, *, is_cut: bool) -> Mapping[str, object]:
    """The JSON object of a body; of one that is cut, the members that are whole."""
    if is_cut:
        return _whole_members(text)
    text = text.strip(_SPACE)
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) and end == len(text) else {}


def _unpacked(body: bytes, bits: int) -> tuple[bytes, bool]:
    for window in (bits, _RAW_DEFLATE) if bits == _WINDOWS[b"deflate"] else (bits,):
        unpack = zlib.decompressobj(window)
        try:
            plain = unpack.decompress(body, BODY_LIMIT)
        except zlib.error:
            continue
        return plain, not unpack.eof
    return body, False


def _whole_members(text: str) -> Mapping[str, object]:
    members: dict[str, object] = {}
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        return {}
    at += 1
    try:
        for _ in range(_MOST_MEMBERS):
            name, at = _DECODER.raw_decode(text, _skip(text, at))
            at = _skip(text, at)
            if not isinstance(name, str) or text[at : at + 1] != ":":
                break
            value, at = _DECODER.raw_decode(text, _skip(text, at + 1))
            at = _skip(text, at)
            if text[at : at + 1] not in {",", "}"}:
                break
            members[name] = value
            at += 1
    except (ValueError, RecursionError):
        pass
    return members


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
