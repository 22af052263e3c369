"""Requests and answers: their heads, and what is known of each (RFC 9112)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

REQUEST = re.compile(rb"[A-Z]{2,20} [^ \r\n]{1,8192} HTTP/1\.[01]\r\n")
ANSWER = re.compile(rb"HTTP/1\.[01] [1-5][0-9]{2}(?: [^\r\n]*)?\r\n")
"""The first line of each."""

_ALIKE = 2 << 10
_MOST_DIGITS = 15


class Head(NamedTuple):
    """What a head says, found out once for all messages that begin with the same bytes.

    `status` is that of an answer, 0 for a request. `length` is None without a Content-Length,
    negative with a wrong one. `codings` are those of the body besides chunks, in the order in
    which they were applied. `keeps_connection`: the sender says, or lets HTTP/1.1 say, that the
    connection stays.
    """

    first_line: bytes
    status: int
    is_chunked: bool
    length: int | None
    host: bytes
    content_type: str | None
    codings: tuple[bytes, ...]
    keeps_connection: bool


class Message:
    """A request or an answer: head, and body as it was sent.

    `began` and `ended` are times in nanoseconds, `number` is the frame of its first byte and
    `mark` what came with that. `size` counts its bytes, caught or not. `is_cut`: some of the body
    is not in `body`. Not `is_framed`: where it ends is not known.
    """

    ended = 0
    body = b""
    is_cut = False
    is_done = False
    is_framed = True

    def __init__(self, head: Head, size: int, began: int, number: int, mark: int) -> None:
        self.head = head
        self.size = size
        self.began = began
        self.number = number
        self.mark = mark


def _read(head: bytes) -> Head | None:
    first_line, *lines = head.split(b"\r\n")
    is_answer = ANSWER.match(first_line + b"\r\n") is not None
    if not is_answer and REQUEST.match(first_line + b"\r\n") is None:
        return None
    headers: dict[bytes, bytes] = {}
    for line in lines:
        name, _, value = line.partition(b":")
        headers.setdefault(name.strip().lower(), value.strip())
    transfer = headers.get(b"transfer-encoding", b"").lower()
    content_type = headers.get(b"content-type")
    return Head(
        first_line,
        int(first_line[9:12]) if is_answer else 0,
        b"chunked" in transfer,
        _length(headers.get(b"content-length")),
        headers.get(b"host", b""),
        None if content_type is None else content_type.decode("latin-1"),
        _codings(headers.get(b"content-encoding", b"").lower(), transfer),
        _keeps_connection(first_line, headers.get(b"connection", b"").lower()),
    )


def _length(text: bytes | None) -> int | None:
    if text is None:
        return None
    return int(text) if text.isdigit() and len(text) <= _MOST_DIGITS else -1


def _codings(content: bytes, transfer: bytes) -> tuple[bytes, ...]:
    names = (name.strip() for name in (content + b"," + transfer).split(b","))
    return tuple(name for name in names if name not in (b"", b"chunked"))


def _keeps_connection(first_line: bytes, options: bytes) -> bool:
    return b"keep-alive" in options if b"HTTP/1.0" in first_line else b"close" not in options


_read_as_before = lru_cache(maxsize=1024)(_read)


def read_head(head: bytes) -> Head | None:
    """A head without its last empty line; None where it is none.

    Those of one server, and of one client, are mostly alike: short ones are remembered.
    """
    return (_read_as_before if len(head) <= _ALIKE else _read)(head)
