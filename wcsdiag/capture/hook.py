"""Which requests of a capture are hooks, and the exchange that each becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from wcsdiag.capture.body import decoded, json_object, text_of
from wcsdiag.capture.endings import Ending
from wcsdiag.capture.message import Message
from wcsdiag.hooks.catalogue import find
from wcsdiag.hooks.exchange import Exchange, Source

_MARKS_OF_WCS = ("nodeId", "appKey", "sessionId")


def moment(at: int) -> datetime | None:
    """A time of the capture; None where it has none, or none that a calendar knows."""
    if not at:
        return None
    try:
        return datetime.fromtimestamp(at / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def seconds_between(began: int, ended: int) -> float | None:
    """None where the capture has no times, or its clock jumped back."""
    return (ended - began) / 1e9 if began and ended >= began else None


class Finished(NamedTuple):
    """A request with its answer, or with what came instead."""

    request: Message
    answer: Message | None
    ending: Ending | None
    is_closed_in_use: bool


Fields = ParamSpec("Fields")
Made = TypeVar("Made")


def _by_name(kind: Callable[Fields, Made]) -> Callable[Fields, Made]:
    """Makes a frozen dataclass from fields given by name, twice as fast as its own `__init__`."""

    def make(*_: Fields.args, **fields: Fields.kwargs) -> Made:
        made = object.__new__(cast("type[Made]", kind))
        made.__dict__.update(fields)
        return made

    return make


_exchange = _by_name(Exchange)


class HookReader:
    """Makes exchanges of messages. `all_json`: every POST of JSON is taken for a hook.

    Without it a POST is a hook where its path ends in a REST method that is known, or where its
    body has a field that WCS puts into every hook (wcs.md 3.8, 12). WCS's own REST API takes POSTs
    of JSON too (wcs.md 5), below `/rest-api`: they are no hooks.
    """

    def __init__(self, *, all_json: bool) -> None:
        self._all_json = all_json

    def read(self, finished: Finished, connection: str, server: str) -> Exchange | None:
        """The exchange, or None where the request is no hook."""
        request, answer, ending, is_closed_in_use = finished
        head = request.head
        url, method, is_known = _aim(head.first_line, head.host, server)
        if not method:
            return None
        body, is_cut = decoded(request)
        text = text_of(body)
        content = json_object(text, is_cut=is_cut)
        if not is_known and not self._is_hook(content, request):
            return None
        answer_text, is_answer_cut = None, False
        if answer is not None:
            plain, is_answer_cut = decoded(answer)
            answer_text = text if plain == body else text_of(plain)
        return _exchange(
            source=Source.CAPTURE,
            method=method,
            url=url,
            request=content,
            sent_at=moment(request.began),
            status=answer.head.status if answer else None,
            content_type=answer.head.content_type if answer else None,
            answer_text=answer_text,
            answer_truncated=is_answer_cut,
            seconds=_seconds(request, answer),
            error=ending.error if ending else None,
            failure=ending.failure if ending else None,
            request_text=text,
            request_truncated=is_cut,
            first_byte_s=seconds_between(request.began, answer.began) if answer else None,
            request_bytes=request.size,
            answer_bytes=answer.size if answer else None,
            place=f"frame {request.number}",
            connection=connection,
            closed_in_use=is_closed_in_use,
        )

    def _is_hook(self, content: Mapping[str, object], request: Message) -> bool:
        if self._all_json:
            return bool(content) or "json" in (request.head.content_type or "").lower()
        return any(name in content for name in _MARKS_OF_WCS)


def _seconds(request: Message, answer: Message | None) -> float | None:
    if answer is None or not answer.is_done or not answer.is_framed:
        return None
    return seconds_between(request.began, answer.ended)


@lru_cache(maxsize=1024)
def _aim(first_line: bytes, host: bytes, server: str) -> tuple[str, str, bool]:
    """The whole URL of a POST, the last part of its path, and whether that is a REST method.

    Nothing is the last part for other requests, and for those to WCS's own REST API.
    """
    verb, target, _ = first_line.split(b" ", 2)
    text = target.decode("utf-8", "replace")
    origin = "" if text.startswith("http://") else f"http://{host.decode('latin-1') or server}"
    url = origin + text
    try:
        path = urlsplit(url).path
    except ValueError:
        return url, "", False
    if verb != b"POST" or path.startswith("/rest-api/"):
        return url, "", False
    method = path.rpartition("/")[2]
    return url, method, find(method) is not None
