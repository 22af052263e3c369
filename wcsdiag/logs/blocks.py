"""The block that WCS logs for a request to the web server, and the one for its answer.

The literal forms (wcs.md 2.1 and 2.2)::

    13:39:39,893 INFO            RestClient - API-ASYNC-pool-13-thread-3 SEND REST OBJECT ==>
    URL:http://localhost:8081/apps/EchoApp/StreamStatusEvent
    OBJECT:
    {
      "appKey" : "defaultApp",
      "sessionId" : "04cfeb85-cf9c-49aa-8144-022dfc0cdd0b"
    }

`RECEIVED REST OBJECT <==` has the same form. Nothing here raises on any input.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from wcsdiag.logs.excerpt import without_userinfo
from wcsdiag.logs.records import LogRecord

SENT = "SEND REST OBJECT"
ANSWERED = "RECEIVED REST OBJECT"

BODY_LIMIT = 64 * 1024
"""Characters that are kept of one body."""

IDENTIFYING = (
    *("appKey", "sessionId", "status", "callId", "mediaSessionId", "name"),
    "sipRegisterRequired",
)
"""Fields that tell the hooks of one session, call and stream from those of others."""

_URL_LINES = 3
_ONE_PAIR = 5
"""Parts of `"name" : "value",` between the quotes."""

_LONGEST_VALUE = 1000
_IDENTIFYING = frozenset(IDENTIFYING)
_DECODER = json.JSONDecoder()
_PAIR = re.compile(
    r'"(?P<name>' + "|".join(IDENTIFYING) + r')"\s*:\s*'
    r'(?P<value>"(?:[^"\\\n]|\\.){0,1000}"|true|false)'
)


class Marker(Enum):
    """Which of the two blocks a record is."""

    SENT = SENT
    ANSWERED = ANSWERED


class Block(NamedTuple):
    """One block. `url` is empty where its line is missing.

    `fields` is the body as an object; of a body that is cut, or was thinned out, the identifying
    fields alone, and then `is_whole` is False. `text` is the body as it was seen, and
    `is_cut` says that more of it was there than is kept.
    """

    marker: Marker
    url: str
    fields: dict[str, object]
    text: str
    is_whole: bool
    is_cut: bool = False


def marker_of(record: LogRecord) -> Marker | None:
    """Which block the record is; None where it is none."""
    if SENT in record.message:
        return Marker.SENT
    return Marker.ANSWERED if ANSWERED in record.message else None


def url_of(lines: Sequence[str]) -> str:
    """The URL of a block, without name, password and query; empty where its line is missing."""
    for line in lines[:_URL_LINES]:
        if line.startswith("URL:"):
            return _shown_url(line)
    return ""


@lru_cache(maxsize=256)
def _shown_url(line: str) -> str:
    """Hooks are many, URLs are few."""
    return without_userinfo(line[4:])


def method_of(url: str) -> str:
    """The REST method of a hook: the last part of its URL's path."""
    return url.rstrip("/").rpartition("/")[2]


def read_block(record: LogRecord, marker: Marker) -> Block:
    """The block that the record is."""
    text, is_cut = _body(record.lines)
    url = url_of(record.lines)
    fields = None if is_cut else _object(text)
    if fields is None:
        return Block(marker, url, _pairs(text), text, is_whole=False, is_cut=is_cut)
    return Block(marker, url, fields, text, is_whole=True)


def _body(lines: Sequence[str]) -> tuple[str, bool]:
    """What stands after `OBJECT:`; without that line, what stands after the URL."""
    begin = 0
    for index, line in enumerate(lines[: _URL_LINES + 1]):
        if line.startswith(("URL:", "OBJECT:")):
            begin = index + 1
    text = "\n".join(lines[begin:])
    return text[:BODY_LIMIT], len(text) > BODY_LIMIT


def _object(text: str) -> dict[str, object] | None:
    """The object that the text begins with: other output may have come after it."""
    begin = text.find("{")
    if begin < 0 or text[:begin].strip():
        return None
    try:
        found, _ = _DECODER.raw_decode(text, begin)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _pairs(text: str) -> dict[str, object]:
    """The identifying fields, each as it stands first, of a body that may be no whole object."""
    fields: dict[str, object] = {}
    for line in text.split("\n"):
        parts = line.split('"')
        if len(parts) == _ONE_PAIR and "\\" not in line:
            is_short = len(parts[3]) <= _LONGEST_VALUE
            if is_short and parts[1] in _IDENTIFYING and parts[2].strip() == ":":
                fields.setdefault(parts[1], parts[3])
        elif len(parts) > 1:
            _add_pairs(line, fields)
    return fields


def _add_pairs(line: str, fields: dict[str, object]) -> None:
    """Those of a line that does not hold just one text with its name."""
    for found in _PAIR.finditer(line):
        value = found["value"]
        if "\\" not in value:
            fields.setdefault(found["name"], value[1:-1] if value[0] == '"' else value == "true")
            continue
        try:
            fields.setdefault(found["name"], json.loads(value))
        except ValueError:
            continue
